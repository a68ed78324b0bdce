import {
  type Block,
  type Command,
  type Definitions,
  type Node,
  type Pipeline,
  TemplateError,
  type Term,
} from './ast.ts';
import { BUILT_IN } from './built-in.ts';
import { parseTemplate } from './parse.ts';
import { type FunctionEntry, Int, isMap, isTrue, MAX_TEXT, methodOf, printValue, type Value } from './values.ts';

/** Functions by name. */
export type Functions = ReadonlyMap<string, FunctionEntry>;

/** What a template is executed on. */
export interface TemplateData {
  /** The value of `.` and `$`. */
  readonly dot: Value;
  /** Functions that depend on the execution. */
  readonly functions?: Functions;
  /** Maps whose missing keys are empty texts instead of `nil`. */
  readonly textMaps?: ReadonlySet<Value>;
  /** Escapes the output, as `html/template` does. Without it, values are written as they are. */
  readonly escaper?: Escaper;
}

/** Escapes values by where they are in the output, so far as it is known. */
export interface Escaper {
  /** Takes the next text of the template. */
  text(text: string): void;
  /** Returns the text for a value at this place. */
  value(value: Value): string;
}

/** Executes a template. Throws a `TemplateError`. */
export type Template = (data: TemplateData) => string;

/** Maximum number of nodes and functions that an execution evaluates. */
const MAX_OPERATIONS = 100_000;
/** Maximum nesting of templates that execute others. */
const MAX_TEMPLATE_DEPTH = 50;

/**
 * Compiles a template in the language of Go's `text/template`, without `define`, `template` and `block`. `names` are
 * functions that each execution provides. Throws a `TemplateError`.
 */
export function compileTemplate(text: string, functions: Functions, names: readonly string[] = []): Template {
  const all = allFunctions(functions);
  const nodes = parseTemplate(text, new Set([...all.keys(), ...names]));
  return (data) => new Execution(data, all, new Map(), MAX_OPERATIONS).run(nodes);
}

/** Templates that can execute each other. */
export interface TemplateSet {
  /** Adds the templates that a text defines. Throws a `TemplateError`. */
  define(text: string): void;
  /** Compiles a text, which can execute the templates defined so far. Throws a `TemplateError`. */
  compile(text: string): Template;
}

/**
 * Creates a set of templates. `names` are functions that each execution provides. An execution evaluates at most
 * `maxOperations` nodes and functions.
 */
export function createTemplateSet(
  functions: Functions,
  names: readonly string[] = [],
  maxOperations: number = MAX_OPERATIONS,
): TemplateSet {
  const all = allFunctions(functions);
  const known = new Set([...all.keys(), ...names]);
  const definitions: Definitions = new Map();
  return {
    define: (text) => void parseTemplate(text, known, definitions),
    compile(text) {
      const own: Definitions = new Map(definitions);
      const nodes = parseTemplate(text, known, own);
      return (data) => new Execution(data, all, own, maxOperations).run(nodes);
    },
  };
}

function allFunctions(functions: Functions): Functions {
  return new Map([...Object.entries(BUILT_IN), ...functions]);
}

/** Ends an iteration of a loop, or the loop. */
type Signal = 'break' | 'continue' | undefined;

interface Variable {
  readonly name: string;
  value: Value;
}

class Execution {
  readonly #data: TemplateData;
  readonly #functions: Functions;
  readonly #definitions: Definitions;
  readonly #maxOperations: number;
  #variables: Variable[];
  readonly #output: string[] = [];
  #length = 0;
  #operations = 0;
  #depth = 0;

  constructor(data: TemplateData, functions: Functions, definitions: Definitions, maxOperations: number) {
    this.#data = data;
    this.#functions = functions;
    this.#definitions = definitions;
    this.#maxOperations = maxOperations;
    this.#variables = [{ name: '$', value: data.dot }];
  }

  run(nodes: readonly Node[]): string {
    this.#list(nodes, this.#data.dot);
    return this.#output.join('');
  }

  #list(nodes: readonly Node[], dot: Value): Signal {
    const scope = this.#variables.length;
    for (const node of nodes) {
      const signal = this.#node(node, dot);
      if (signal !== undefined) return signal;
    }
    this.#variables.length = scope;
    return undefined;
  }

  #node(node: Node, dot: Value): Signal {
    this.#count();
    switch (node.kind) {
      case 'text':
        this.#data.escaper?.text(node.text);
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length > 0) return undefined;
        this.#write(this.#data.escaper === undefined ? printValue(value) : this.#data.escaper.value(value));
        return undefined;
      }
      case 'template':
        this.#template(node.name, node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot));
        return undefined;
      case 'if':
      case 'with': {
        const scope = this.#variables.length;
        const value = this.#pipeline(node.pipeline, dot);
        const signal = isTrue(value)
          ? this.#list(node.body, node.kind === 'with' ? value : dot)
          : this.#list(node.fallback, dot);
        this.#variables.length = scope;
        return signal;
      }
      case 'range':
        return this.#range(node, dot);
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  /** Executes a defined template, which knows no variables of this one. */
  #template(name: string, dot: Value): void {
    const body = this.#definitions.get(name);
    if (body === undefined) throw new TemplateError(`template ${JSON.stringify(name)} not defined`);
    if (this.#depth >= MAX_TEMPLATE_DEPTH) throw new TemplateError('exceeded maximum template depth');
    const variables = this.#variables;
    this.#variables = [{ name: '$', value: dot }];
    this.#depth += 1;
    this.#list(body, dot);
    this.#depth -= 1;
    this.#variables = variables;
  }

  #range(node: Block, dot: Value): Signal {
    const { variables, isAssignment } = node.pipeline;
    const value = this.#pipeline({ ...node.pipeline, variables: [] }, dot);
    const scope = this.#variables.length;
    const elements = elementsOf(value);
    for (const [key, element] of elements) {
      const own = variables.length === 1 ? [element] : [key, element];
      for (const [index, name] of variables.entries()) this.#assign(name, own[index], isAssignment);
      const signal = this.#list(node.body, element);
      this.#variables.length = scope;
      if (signal === 'break') break;
    }
    return elements.length === 0 ? this.#list(node.fallback, dot) : undefined;
  }

  #pipeline({ variables, isAssignment, commands }: Pipeline, dot: Value): Value {
    let value: Value;
    for (const [index, command] of commands.entries()) {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    for (const name of variables) this.#assign(name, value, isAssignment);
    return value;
  }

  #assign(name: string, value: Value, isAssignment: boolean): void {
    const known = isAssignment ? this.#variables.findLast((variable) => variable.name === name) : undefined;
    if (known !== undefined) known.value = value;
    else if (isAssignment) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`);
    else this.#variables.push({ name, value });
  }

  #command(command: Command, dot: Value, last: readonly Value[]): Value {
    const [first, ...rest] = command;
    if (first === undefined) return undefined;
    const isCall = rest.length > 0 || last.length > 0;
    if (first.kind === 'fields' && isCall) {
      const receiver = this.#term({ ...first, names: first.names.slice(0, -1) }, dot);
      return this.#method(receiver, first.names.at(-1) ?? '', [...rest.map((term) => this.#term(term, dot)), ...last]);
    }
    if (first.kind !== 'function') {
      if (isCall) throw new TemplateError("can't give argument to non-function");
      return this.#term(first, dot);
    }
    if (first.name === 'and' || first.name === 'or') return this.#shortCircuit(first.name, rest, dot, last);
    return this.#call(first.name, [...rest.map((term) => this.#term(term, dot)), ...last]);
  }

  #method(receiver: Value, name: string, args: readonly Value[]): Value {
    this.#count();
    const method = methodOf(receiver, name);
    if (method === undefined) throw new TemplateError(`${name} has arguments but cannot be invoked as function`);
    const [count, f] = method;
    if (count >= 0 && args.length !== count) {
      throw new TemplateError(`wrong number of args for ${name}: want ${count} got ${args.length}`);
    }
    return f(receiver, ...args);
  }

  /** `and` and `or` do not evaluate the arguments after the one that decides. */
  #shortCircuit(name: 'and' | 'or', terms: readonly Term[], dot: Value, last: readonly Value[]): Value {
    let value: Value;
    for (const term of terms) {
      value = this.#term(term, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return last.length > 0 ? last[0] : value;
  }

  #call(name: string, args: readonly Value[]): Value {
    this.#count();
    const [count, f] = this.#data.functions?.get(name) ?? this.#functions.get(name) ?? [0, undefined];
    if (f === undefined) throw new TemplateError(`function ${JSON.stringify(name)} not defined`);
    if ((count >= 0 && args.length !== count) || (count < 0 && args.length === 0)) {
      throw new TemplateError(`wrong number of args for ${name}: want ${Math.max(1, count)} got ${args.length}`);
    }
    return f(...args);
  }

  #term(term: Term, dot: Value): Value {
    this.#count();
    switch (term.kind) {
      case 'constant':
        return typeof term.value === 'number' && Number.isSafeInteger(term.value) && term.isFloat !== true
          ? new Int(term.value)
          : term.value;
      case 'dot':
        return dot;
      case 'variable': {
        const found = this.#variables.findLast(({ name }) => name === term.name);
        if (found === undefined) throw new TemplateError(`undefined variable ${JSON.stringify(term.name)}`);
        return found.value;
      }
      case 'function':
        return this.#call(term.name, []);
      case 'pipeline':
        return this.#pipeline(term.pipeline, dot);
      case 'fields':
        return term.names.reduce((value, name) => this.#field(value, name), this.#term(term.of, dot));
    }
  }

  #field(value: Value, name: string): Value {
    if (methodOf(value, name) !== undefined) return this.#method(value, name, []);
    if (isMap(value)) return value.get(name) ?? (this.#data.textMaps?.has(value) === true ? '' : undefined);
    if (value === undefined) throw new TemplateError(`nil pointer evaluating interface {}.${name}`);
    throw new TemplateError(`can't evaluate field ${name} in type ${typeof value}`);
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_TEXT) throw new TemplateError(`expected at most ${MAX_TEXT} characters, got more`);
    this.#output.push(text);
  }

  #count(): void {
    this.#operations += 1;
    if (this.#operations > this.#maxOperations) {
      throw new TemplateError(`expected at most ${this.#maxOperations} operations`);
    }
  }
}

function elementsOf(value: Value): readonly (readonly [Value, Value])[] {
  if (value === undefined) return [];
  if (isMap(value)) return [...value].sort(([a], [b]) => (a < b ? -1 : 1));
  if (Array.isArray(value)) return value.map((element: Value, index) => [new Int(index), element]);
  throw new TemplateError(`range can't iterate over ${printValue(value)}`);
}
