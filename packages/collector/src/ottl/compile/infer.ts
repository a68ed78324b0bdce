import { CONTEXTS, type ContextName } from '../contexts/context.ts';
import { OttlError } from '../grammar/error.ts';
import { parseCondition, parseStatement } from '../grammar/parse.ts';
import type { CallSyntax, ConditionSyntax, KeySyntax, ValueSyntax } from '../grammar/syntax.ts';
import type { FunctionTable } from './function.ts';

/** The candidate contexts for inference, with the functions of each. */
export type ContextCandidates = ReadonlyMap<ContextName, FunctionTable>;

/** The contexts from innermost to outermost; the first match wins. */
const PRIORITY = [
  'log',
  'exemplar',
  'datapoint',
  'metric',
  'spanevent',
  'span',
  'profile',
  'scope',
  'instrumentation_scope',
  'resource',
  'otelcol',
];

/**
 * Infers the context of a group of statements and conditions: the innermost context named in their paths, or one nested
 * in it that provides all their functions and enumeration values. Throws an `OttlError` if there is none.
 */
export function inferContext(
  statements: readonly string[],
  conditions: readonly string[],
  candidates: ContextCandidates,
): ContextName {
  const names = new Names();
  for (const text of statements) names.addStatement(text);
  for (const text of conditions) names.addCondition(text);
  const first = statements[0] ?? conditions[0] ?? '';
  const named = PRIORITY.find((name) => names.contexts.has(name));
  const inferred = named === 'instrumentation_scope' ? 'scope' : (named as ContextName | undefined);
  if (inferred === undefined || !candidates.has(inferred)) {
    const known = [...candidates.keys()].join(', ');
    throw new OttlError(first, 0, `expected paths that begin with a context (${known}), or a group with "context"`);
  }
  // Paths can also name contexts nested in the inferred one.
  const inner = [...candidates.keys()].filter((name) => Object.hasOwn(CONTEXTS[name].paths, inferred));
  const inOrder = [inferred, ...inner.sort((left, right) => PRIORITY.indexOf(left) - PRIORITY.indexOf(right))];
  const supported = inOrder.find((name) => names.missingIn(name, candidates.get(name)) === undefined);
  if (supported !== undefined) return supported;
  const missing = names.missingIn(inferred, candidates.get(inferred));
  throw new OttlError(first, 0, `expected functions and enumeration values of the context ${inferred}, got ${missing}`);
}

/** The names used in statements. */
class Names {
  readonly contexts = new Set<string>();
  readonly #functions = new Set<string>();
  readonly #enums = new Set<string>();
  readonly #locals: string[] = [];

  addStatement(text: string): void {
    const { editor, where } = parseStatement(text);
    this.#call(editor);
    if (where !== undefined) this.#condition(where);
  }

  addCondition(text: string): void {
    this.#condition(parseCondition(text));
  }

  /** Returns a function or enumeration value that the context does not provide. */
  missingIn(context: ContextName, functions: FunctionTable | undefined): string | undefined {
    const { enums } = CONTEXTS[context];
    return (
      [...this.#functions].find((name) => functions?.has(name) !== true) ??
      [...this.#enums].find((name) => !enums.has(name) && functions?.has(name) !== true)
    );
  }

  #condition(syntax: ConditionSyntax): void {
    switch (syntax.kind) {
      case 'any':
      case 'all':
        for (const operand of syntax.operands) this.#condition(operand);
        break;
      case 'not':
        this.#condition(syntax.operand);
        break;
      case 'compare':
        this.#value(syntax.left);
        this.#value(syntax.right);
        break;
      case 'converter':
        this.#call(syntax.call);
    }
  }

  #value(syntax: ValueSyntax): void {
    switch (syntax.kind) {
      case 'enum':
        this.#enums.add(syntax.name);
        break;
      case 'path':
        if (!this.#locals.includes(syntax.path.names[0] ?? '')) this.contexts.add(syntax.path.names[0] ?? '');
        this.#keys(syntax.path.keys);
        break;
      case 'call':
        this.#call(syntax.call);
        break;
      case 'list':
        for (const value of syntax.values) this.#value(value);
        break;
      case 'map':
        for (const [, value] of syntax.entries) this.#value(value);
        break;
      case 'negative':
        this.#value(syntax.operand);
        break;
      case 'math':
        this.#value(syntax.left);
        this.#value(syntax.right);
        break;
      case 'lambda':
        this.#locals.push(...syntax.lambda.parameters);
        if (syntax.lambda.body.kind === 'value') this.#value(syntax.lambda.body.value);
        else this.#condition(syntax.lambda.body.condition);
        this.#locals.length -= syntax.lambda.parameters.length;
    }
  }

  #call({ name, args, keys }: CallSyntax): void {
    this.#functions.add(name);
    for (const { value } of args) this.#value(value);
    this.#keys(keys);
  }

  #keys(keys: readonly KeySyntax[]): void {
    for (const key of keys) if (typeof key === 'object') this.#value(key);
  }
}
