import { suggestion } from '../../config/nearest.ts';
import type { Access, Getter, Key, PathDefinition } from '../contexts/access.ts';
import { CONTEXTS, type ContextDefinition, type ContextName } from '../contexts/context.ts';
import { indexResult, storable } from '../contexts/indexing.ts';
import { OttlError } from '../grammar/error.ts';
import { parseCondition, parseStatement, parseValue } from '../grammar/parse.ts';
import type {
  CallSyntax,
  ConditionSyntax,
  KeySyntax,
  LambdaSyntax,
  PathSyntax,
  ValueSyntax,
} from '../grammar/syntax.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, typeName, type Value } from '../values/value.ts';
import { compileArguments } from './arguments.ts';
import { type ConstantChange, changeOf } from './attribute-step.ts';
import { allOf, anyOf, compareEncoded, comparePredicate, type Predicate } from './comparison.ts';
import { constant, constantOf } from './constant.ts';
import type { ArgumentCompiler, FunctionDefinition, FunctionTable, Lambda } from './function.ts';
import { mathGetter, negationGetter } from './math.ts';

/** The environment in which statements are compiled. */
export interface CompileOptions {
  readonly context: ContextName;
  readonly functions: FunctionTable;
  /** Whether paths must start with a context name, as in statements whose context is inferred. */
  readonly requiresContextNames?: boolean;
}

/** A compiled statement. Both functions throw an `EvaluationError` if evaluation fails. */
export interface Statement {
  readonly text: string;
  /** Runs the editor if the `where` condition matches. Returns whether it does. */
  run(subject: Subject): boolean;
  /** Set for a statement without condition that changes one attribute in the same way in all telemetry. */
  readonly change?: ConstantChange | undefined;
}

/** A compiled condition. */
export interface Condition {
  readonly text: string;
  test(subject: Subject): boolean;
}

/** Compiles a statement. Throws an `OttlError` that contains the position, the expected syntax and the nearest name. */
export function compileStatement(text: string, options: CompileOptions): Statement {
  const { editor, where } = parseStatement(text);
  const compiler = new Compiler(text, options);
  const edit = compiler.call(editor);
  const matches = where === undefined ? () => true : compiler.condition(where);
  return {
    text,
    change: where === undefined ? changeOf(edit) : undefined,
    run(subject) {
      if (!matches(subject)) return false;
      edit(subject);
      return true;
    },
  };
}

/** Compiles a condition. Throws an `OttlError`. */
export function compileCondition(text: string, options: CompileOptions): Condition {
  return { text, test: new Compiler(text, options).condition(parseCondition(text)) };
}

/** Compiles a value expression. Throws an `OttlError`. */
export function compileValue(text: string, options: CompileOptions): Getter {
  return new Compiler(text, options).value(parseValue(text));
}

/** Returns the path with the given names, and with a key if it is an attribute. */
export function pathOf(context: ContextName, names: readonly string[], key?: string): Access {
  const compiler = new Compiler(names.join('.'), { context, functions: new Map() });
  return compiler.path({ names, keys: key === undefined ? [] : [key], offset: 0 });
}

/** A parameter of the lambda whose body is being compiled. */
interface LocalVariable {
  readonly name: string;
  value: Value;
}

class Compiler implements ArgumentCompiler {
  readonly #text: string;
  readonly #context: ContextDefinition;
  readonly #functions: FunctionTable;
  readonly #requiresContextNames: boolean;
  readonly #locals: LocalVariable[] = [];

  constructor(text: string, { context, functions, requiresContextNames = false }: CompileOptions) {
    this.#text = text;
    this.#context = CONTEXTS[context];
    this.#functions = functions;
    this.#requiresContextNames = requiresContextNames;
  }

  condition(syntax: ConditionSyntax): Predicate {
    switch (syntax.kind) {
      case 'any':
        return anyOf(syntax.operands.map((operand) => this.condition(operand)));
      case 'all':
        return allOf(syntax.operands.map((operand) => this.condition(operand)));
      case 'not': {
        const operand = this.condition(syntax.operand);
        return (subject) => !operand(subject);
      }
      case 'truth':
        return () => syntax.value;
      case 'converter':
        return booleanOf(syntax.call.name, this.call(syntax.call));
      case 'compare': {
        const { left, operator, right } = syntax;
        const encoded =
          left.kind === 'path' && right.kind === 'literal' && !this.#isLocal(left.path)
            ? compareEncoded(this.path(left.path), operator, right.value)
            : undefined;
        return encoded ?? comparePredicate(operator, this.value(left), this.value(right));
      }
    }
  }

  value(syntax: ValueSyntax): Getter {
    switch (syntax.kind) {
      case 'literal':
        return constant<Value>(syntax.value);
      case 'enum':
        return constant<Value>(this.#enum(syntax.name, syntax.offset));
      case 'path':
        return this.#isLocal(syntax.path) ? this.#local(syntax.path) : this.path(syntax.path).get;
      case 'call':
        if (!/^[A-Z]/.test(syntax.call.name))
          return this.fail(syntax, `expected a converter, whose name begins in upper case, got ${syntax.call.name}`);
        return this.call(syntax.call);
      case 'list':
        return listGetter(syntax.values.map((value) => this.value(value)));
      case 'map':
        return mapGetter(syntax.entries.map(([key, value]) => [key, this.value(value)]));
      case 'negative':
        return negationGetter(this.value(syntax.operand));
      case 'math':
        return mathGetter(syntax.operator, this.value(syntax.left), this.value(syntax.right));
      case 'functionName':
        return this.fail(syntax, `expected a path or a value, got the name ${syntax.name}`);
      case 'lambda':
        return this.fail(syntax, 'expected a value, got a lambda');
    }
  }

  target(syntax: ValueSyntax): Access {
    if (syntax.kind !== 'path' || this.#isLocal(syntax.path)) return this.fail(syntax, 'expected a path');
    return this.path(syntax.path);
  }

  function(syntax: ValueSyntax): FunctionDefinition {
    if (syntax.kind !== 'functionName' && syntax.kind !== 'enum')
      return this.fail(syntax, 'expected the name of a converter');
    return this.#function(syntax.name, syntax.offset);
  }

  lambda(syntax: ValueSyntax): Lambda {
    if (syntax.kind !== 'lambda') return this.fail(syntax, 'expected a lambda such as (key, value) => value');
    const { parameters, body } = syntax.lambda;
    const variables = parameters.map((name): LocalVariable => ({ name, value: undefined }));
    this.#locals.push(...variables);
    const evaluate = this.#lambdaBody(body);
    this.#locals.length -= variables.length;
    return {
      parameterCount: parameters.length,
      call(subject, args) {
        for (let i = 0; i < variables.length; i++) (variables[i] as LocalVariable).value = args[i];
        return evaluate(subject);
      },
    };
  }

  /** Compiles a call and the keys that follow it. */
  call({ name, args, keys, offset }: CallSyntax): Getter {
    const definition = this.#function(name, offset);
    const compiled = compileArguments(definition, args, this, (at, error) => this.#fail(at ?? offset, error));
    let result: Getter;
    try {
      result = definition.create(compiled);
    } catch (error) {
      if (error instanceof EvaluationError) return this.#fail(offset, `${name}: ${error.message}`);
      throw error;
    }
    const compiledKeys = this.#keys(keys);
    return keys.length === 0 ? result : (subject) => indexResult(result(subject), compiledKeys, subject);
  }

  path(syntax: PathSyntax): Access {
    const { keys, offset } = syntax;
    const [first = '', ...rest] = syntax.names;
    const { name: contextName, paths } = this.#context;
    const hasContext = Object.hasOwn(paths, first);
    if (!hasContext && this.#requiresContextNames)
      this.#fail(offset, `expected a path that begins with ${Object.keys(paths).join(', ')}, got "${first}"`);
    const group = hasContext ? first : contextName;
    const known = paths[group] ?? {};
    const name = (hasContext ? rest : syntax.names).join('.');
    const definition = Object.hasOwn(known, name) ? known[name] : undefined;
    if (definition === undefined)
      return this.#fail(
        offset,
        `expected a path of ${group}, got unknown path "${name}"${suggestion(name, Object.keys(known))}`,
      );
    return this.#access(definition, `${group}.${name}`, keys, offset);
  }

  fail(syntax: ValueSyntax, error: string): never {
    return this.#fail(syntax.offset, error);
  }

  #access(definition: PathDefinition, name: string, keys: readonly KeySyntax[], offset: number): Access {
    if (definition.kind === 'value') {
      if (keys.length > 0) this.#fail(offset, `expected no key: ${name} is not a map`);
      return definition.access;
    }
    try {
      return definition.build(this.#keys(keys));
    } catch (error) {
      if (error instanceof EvaluationError) return this.#fail(offset, error.message);
      throw error;
    }
  }

  #keys(keys: readonly KeySyntax[]): Key[] {
    return keys.map((key) => (typeof key === 'object' ? this.value(key) : key));
  }

  #lambdaBody(body: LambdaSyntax['body']): Getter {
    return body.kind === 'value' ? this.value(body.value) : this.condition(body.condition);
  }

  #isLocal({ names: [first] }: PathSyntax): boolean {
    return this.#locals.some(({ name }) => name === first && name !== '_');
  }

  #local({ names, keys, offset }: PathSyntax): Getter {
    const variable = this.#locals.findLast(({ name }) => name === names[0]);
    if (variable === undefined || names.length > 1)
      return this.#fail(offset, `expected the parameter "${names[0]}" without "."`);
    const compiledKeys = this.#keys(keys);
    return keys.length === 0 ? () => variable.value : (subject) => indexResult(variable.value, compiledKeys, subject);
  }

  #enum(name: string, offset: number): bigint {
    const { enums, name: context } = this.#context;
    const value = enums.get(name);
    if (value !== undefined) return value;
    return this.#fail(
      offset,
      `expected an enumeration value of ${context}, got unknown ${name}${suggestion(name, enums.keys())}`,
    );
  }

  #function(name: string, offset: number): FunctionDefinition {
    const definition = this.#functions.get(name);
    if (definition !== undefined) return definition;
    return this.#fail(offset, `expected a function, got unknown ${name}${suggestion(name, this.#functions.keys())}`);
  }

  #fail(offset: number, error: string): never {
    throw new OttlError(this.#text, offset, error);
  }
}

function booleanOf(name: string, getter: Getter): Predicate {
  return (subject) => {
    const value = getter(subject);
    if (typeof value === 'boolean') return value;
    throw new EvaluationError(`expected a boolean from ${name}, got ${typeName(value)}`);
  };
}

function listGetter(values: readonly Getter[]): Getter {
  const known = values.map((getter) => constantOf(getter));
  if (known.every((value) => value !== undefined)) return constant<Value>(known.map(({ value }) => value));
  return (subject) => values.map((getter) => getter(subject));
}

function mapGetter(entries: readonly (readonly [string, Getter])[]): Getter {
  const evaluate: Getter = (subject) => new Map(entries.map(([key, getter]) => [key, storable(getter(subject))]));
  if (!entries.every(([, getter]) => constantOf(getter) !== undefined)) return evaluate;
  return constant<Value>(new Map(entries.map(([key, getter]) => [key, constantOf(getter)?.value])));
}
