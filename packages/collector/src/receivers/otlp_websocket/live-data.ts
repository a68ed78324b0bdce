import { type Batch, type RewriteHooks, rewriteItems, type Signal } from '@otelier/otlp';
import type { OpenSubscription } from '@otelier/transport';
import type { Host } from '../../component/host.ts';
import { compileCondition } from '../../ottl/compile.ts';
import { type Condition, ConditionError } from '../../ottl/expression.ts';
import { parseCondition } from '../../ottl/parse.ts';
import type { ConditionContext } from '../../ottl/paths.ts';

/** The context of conditions, for signals whose items can be filtered. */
const ITEM_CONTEXTS: Partial<Readonly<Record<Signal, ConditionContext>>> = {
  traces: 'span',
  metrics: 'datapoint',
  logs: 'log',
};

/** Maximum length of a condition. It comes from a client and runs for every item. */
const MAX_CONDITION_CHARACTERS = 1000;

/** Returns the function that opens subscriptions to the telemetry of all receivers. */
export function openLiveData(host: Host): OpenSubscription {
  return ({ signal, condition }, listener) => {
    let hooks: RewriteHooks | undefined;
    try {
      hooks = condition === '' ? undefined : matchingItems(signal, condition);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      return { kind: 'refused', reason: `filter: ${error.message}` };
    }
    const end = host.subscribe({ signal }, (batch) => {
      const { parts, itemCount } = hooks === undefined ? batch : select(batch, hooks);
      if (itemCount > 0) listener(parts, itemCount);
    });
    return { kind: 'open', end };
  };
}

/** Returns the hooks that keep items that match a condition. */
function matchingItems(signal: Signal, text: string): RewriteHooks {
  const context = ITEM_CONTEXTS[signal];
  if (context === undefined) throw new ConditionError(text.slice(0, 20), 0, `expected no condition for ${signal}`);
  if (text.length > MAX_CONDITION_CHARACTERS) {
    const error = `expected at most ${MAX_CONDITION_CHARACTERS} characters, got ${text.length}`;
    throw new ConditionError(text.slice(0, 20), MAX_CONDITION_CHARACTERS, error);
  }
  // A client's pattern could be expensive to match.
  if (hasPattern(parseCondition(text))) throw new ConditionError(text, 0, 'expected a condition without IsMatch');
  const matches = compileCondition(text, context);
  return { item: (cursor) => (matches({ cursor, start: cursor.start, end: cursor.end }) ? 'keep' : 'drop') };
}

function hasPattern(condition: Condition): boolean {
  switch (condition.kind) {
    case 'any':
    case 'all':
      return condition.operands.some(hasPattern);
    case 'not':
      return hasPattern(condition.operand);
    default:
      return condition.kind === 'match';
  }
}

function select({ signal, parts }: Batch, hooks: RewriteHooks): Pick<Batch, 'parts' | 'itemCount'> {
  const rewritten = parts.map((part) => rewriteItems(signal, part, hooks));
  return {
    parts: rewritten.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined),
    itemCount: rewritten.reduce((sum, { kept }) => sum + kept, 0),
  };
}
