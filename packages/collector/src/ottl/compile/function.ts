import type { Access, Getter } from '../contexts/access.ts';
import type { ValueSyntax } from '../grammar/syntax.ts';
import type { Subject } from '../record/subject.ts';
import type { Value } from '../values/value.ts';

/** What parameters need to compile their arguments. Errors are `OttlError`. */
export interface ArgumentCompiler {
  /** Compiles a value. */
  value(syntax: ValueSyntax): Getter;
  /** Compiles a path that can be set. */
  target(syntax: ValueSyntax): Access;
  /** Compiles a lambda. */
  lambda(syntax: ValueSyntax): Lambda;
  /** Returns the function with a name. */
  function(syntax: ValueSyntax): FunctionDefinition;
  /** Throws the error of an argument. */
  fail(syntax: ValueSyntax, error: string): never;
}

/** A parameter of a function: how its argument is compiled. */
export interface Parameter<T> {
  readonly isOptional: boolean;
  build(syntax: ValueSyntax, compiler: ArgumentCompiler): T;
}

/** A compiled lambda. Calls must not be nested. */
export interface Lambda {
  readonly parameterCount: number;
  call(subject: Subject, args: readonly Value[]): Value;
}

/** The parameters of a function, in order. Statements write their names in snake case. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

type ArgumentsOf<P extends Parameters> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

/** A function of OTTL: an editor if its name begins in lower case, else a converter. */
export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: Parameters;
  /** Returns the function for arguments. Throws an `EvaluationError` for literal arguments that are invalid. */
  create(args: Readonly<Record<string, unknown>>): Getter;
}

/** The functions that statements can call, by name. */
export type FunctionTable = ReadonlyMap<string, FunctionDefinition>;

/** Defines a function. `create` gets the compiled arguments and returns the function's closure. */
export function defineFunction<P extends Parameters>(
  name: string,
  parameters: P,
  create: (args: ArgumentsOf<P>) => Getter,
): FunctionDefinition {
  return { name, parameters, create: (args) => create(args as ArgumentsOf<P>) };
}

/** Returns a table of functions. */
export function functionTable(...groups: readonly (readonly FunctionDefinition[])[]): FunctionTable {
  return new Map(groups.flat().map((definition) => [definition.name, definition]));
}
