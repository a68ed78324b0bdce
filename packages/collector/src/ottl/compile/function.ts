import type { Access, Getter } from '../contexts/access.ts';
import type { ValueSyntax } from '../grammar/syntax.ts';
import type { Subject } from '../record/subject.ts';
import type { Value } from '../values/value.ts';

/** The compiler functions that parameters need to compile their arguments. Errors are of type `OttlError`. */
export interface ArgumentCompiler {
  /** Compiles a value. */
  value(syntax: ValueSyntax): Getter;
  /** Compiles a settable path. */
  target(syntax: ValueSyntax): Access;
  /** Compiles a lambda. */
  lambda(syntax: ValueSyntax): Lambda;
  /** Returns the function that the argument names. */
  function(syntax: ValueSyntax): FunctionDefinition;
  /** Throws an error for an argument. */
  fail(syntax: ValueSyntax, error: string): never;
}

/** A function parameter, which defines how its argument is compiled. */
export interface Parameter<T> {
  readonly isOptional: boolean;
  build(syntax: ValueSyntax, compiler: ArgumentCompiler): T;
}

/** A compiled lambda. Calls must not be nested. */
export interface Lambda {
  readonly parameterCount: number;
  call(subject: Subject, args: readonly Value[]): Value;
}

/** A function's parameters, in order. Statements use their names in snake case. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

type ArgumentsOf<P extends Parameters> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

/** An OTTL function: an editor if its name starts with a lowercase letter, otherwise a converter. */
export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: Parameters;
  /** Creates the function's getter for the given arguments. Throws an `EvaluationError` for invalid literal arguments. */
  create(args: Readonly<Record<string, unknown>>): Getter;
}

/** The functions available to statements, by name. */
export type FunctionTable = ReadonlyMap<string, FunctionDefinition>;

/** Defines a function. `create` receives the compiled arguments and returns the function's closure. */
export function defineFunction<P extends Parameters>(
  name: string,
  parameters: P,
  create: (args: ArgumentsOf<P>) => Getter,
): FunctionDefinition {
  return { name, parameters, create: (args) => create(args as ArgumentsOf<P>) };
}

/** Creates a table of functions. */
export function functionTable(...groups: readonly (readonly FunctionDefinition[])[]): FunctionTable {
  return new Map(groups.flat().map((definition) => [definition.name, definition]));
}
