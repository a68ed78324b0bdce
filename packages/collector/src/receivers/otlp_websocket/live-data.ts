import { type Batch, type RewriteHooks, rewriteItems, type Signal } from '@otelier/otlp';
import type { OpenSubscription } from '@otelier/transport';
import type { Host } from '../../component/host.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import { functionTable } from '../../ottl/compile/function.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { TYPES } from '../../ottl/functions/types.ts';
import { OttlError } from '../../ottl/grammar/error.ts';
import { Subject } from '../../ottl/record/subject.ts';
import { matchesAny } from '../../ottl/sequence.ts';

/** The OTTL context of conditions, for signals whose items can be filtered. */
const ITEM_CONTEXTS: Partial<Readonly<Record<Signal, ContextName>>> = {
  traces: 'span',
  metrics: 'datapoint',
  logs: 'log',
};

/** Maximum length of a condition. Conditions come from clients and run for every item. */
const MAX_CONDITION_CHARACTERS = 1000;

/**
 * Functions available in client conditions. As conditions run for every item, functions that match patterns, which can
 * be expensive, are excluded.
 */
const CHEAP_FUNCTIONS = functionTable(TYPES);

/** Returns a function that opens subscriptions to the telemetry of all receivers. */
export function openLiveData(host: Host): OpenSubscription {
  return ({ signal, condition }, listener) => {
    let hooks: RewriteHooks | undefined;
    try {
      hooks = condition === '' ? undefined : matchingItems(signal, condition);
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      return { kind: 'refused', reason: `filter: ${error.message}` };
    }
    const end = host.subscribe({ signal }, (batch) => {
      const { parts, itemCount } = hooks === undefined ? batch : select(batch, hooks);
      if (itemCount > 0) listener(parts, itemCount);
    });
    return { kind: 'open', end };
  };
}

/** Returns hooks that keep the items that match a condition. */
function matchingItems(signal: Signal, text: string): RewriteHooks {
  const context = ITEM_CONTEXTS[signal];
  if (context === undefined) throw new OttlError(text.slice(0, 20), 0, `expected no condition for ${signal}`);
  if (text.length > MAX_CONDITION_CHARACTERS) {
    const error = `expected at most ${MAX_CONDITION_CHARACTERS} characters, got ${text.length}`;
    throw new OttlError(text.slice(0, 20), MAX_CONDITION_CHARACTERS, error);
  }
  const condition = compileCondition(text, { context, functions: CHEAP_FUNCTIONS });
  const matches = matchesAny([condition], () => {});
  const subject = new Subject({ now: () => 0, random: () => 0 });
  return { item: (cursor) => (matches?.(subject.moveToItem(cursor)) ? 'keep' : 'drop') };
}

function select({ signal, parts }: Batch, hooks: RewriteHooks): Pick<Batch, 'parts' | 'itemCount'> {
  const rewritten = parts.map((part) => rewriteItems(signal, part, hooks));
  return {
    parts: rewritten.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined),
    itemCount: rewritten.reduce((sum, { kept }) => sum + kept, 0),
  };
}
