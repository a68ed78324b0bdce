import type { SampledSignal } from '../../component/sampling/create-sampled-item.ts';
import { allOf, type Predicate } from '../../ottl/compile/comparison.ts';
import { type Condition, compileCondition } from '../../ottl/compile/compiler.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { OttlError } from '../../ottl/grammar/error.ts';
import { type ErrorHandler, matchesAny } from '../../ottl/sequence.ts';

/** The items that a rule matches. */
interface RuleMatch {
  readonly conditions: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly resourceAttributes: Readonly<Record<string, string | number | boolean>>;
}

const ITEM_CONTEXT = { traces: 'span', logs: 'log' } as const satisfies Record<SampledSignal, string>;
const SIGNALS = ['traces', 'logs'] as const satisfies readonly SampledSignal[];

/**
 * Returns a rule's predicate for a signal's items, or `undefined` if the rule matches none of them because none of its
 * conditions apply to this signal.
 */
export function compileRule(rule: RuleMatch, signal: SampledSignal, handle: ErrorHandler): Predicate | undefined {
  const conditions = rule.conditions.flatMap((text): Condition[] => {
    const condition = compile(text, signal);
    return condition instanceof OttlError ? [] : [condition];
  });
  if (rule.conditions.length > 0 && conditions.length === 0) return undefined;
  const equal = [
    ...equalities('attributes', rule.attributes),
    ...equalities('resource.attributes', rule.resourceAttributes),
  ].map((text): Predicate => {
    const condition = compile(text, signal);
    if (condition instanceof OttlError) throw condition;
    return condition.test;
  });
  const any = matchesAny(conditions, handle);
  return allOf(any === undefined ? equal : [...equal, any]);
}

/** Returns the errors in conditions that are valid for no signal. */
export function ruleErrors(
  rule: RuleMatch,
): readonly { readonly path: (string | number)[]; readonly message: string }[] {
  return rule.conditions.flatMap((text, index) => {
    const results = SIGNALS.map((signal) => compile(text, signal));
    const [first] = results;
    return first instanceof OttlError && results.every((result) => result instanceof OttlError)
      ? [{ path: ['conditions', index], message: first.message }]
      : [];
  });
}

function compile(text: string, signal: SampledSignal): Condition | OttlError {
  const context = ITEM_CONTEXT[signal];
  try {
    return compileCondition(text, { context, functions: converters(context) });
  } catch (error) {
    if (error instanceof OttlError) return error;
    throw error;
  }
}

function equalities(path: string, values: RuleMatch['attributes']): readonly string[] {
  return Object.entries(values).map(([key, value]) => `${path}[${JSON.stringify(key)}] == ${JSON.stringify(value)}`);
}
