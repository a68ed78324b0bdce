import {
  type Batch,
  type BatchContext,
  type RewriteHooks,
  requestToJson,
  rewriteItems,
  type Signal,
} from '@otelier/otlp';
import { PerSecond } from '@otelier/query/per-second';
import type { Clock } from '@otelier/transport';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { OttlError } from '../../ottl/grammar/error.ts';
import { Subject } from '../../ottl/record/subject.ts';
import { errorHandler, matchesAny } from '../../ottl/sequence.ts';

/** The OTTL context of the items of each signal that can be tapped. */
const ITEM_CONTEXTS: Partial<Readonly<Record<Signal, ContextName>>> = {
  traces: 'span',
  metrics: 'datapoint',
  logs: 'log',
};

/** Maximum number of items that a tap checks per second. */
const CHECKED_PER_SECOND = 20_000;

/** Maximum time that a condition may take per batch, before the tap ends. */
const CONDITION_MILLIS = 100;

/** What a selector returns for a batch. */
export interface Selected {
  /** Requests with the selected items, also as OTLP/JSON. */
  readonly requests: readonly { readonly bytes: Uint8Array; readonly json: string; readonly itemCount: number }[];
  /** Number of items that were not checked, or not selected because of the rate. */
  readonly skippedItems: number;
}

/** What became of the items that were offered to a selector: `seen` is the sum of the others. */
export interface SelectorCounts {
  readonly seen: number;
  /** Left out by sampling. */
  readonly notTaken: number;
  /** Left out because there were too many to check, or beyond the limit. */
  readonly unchecked: number;
  readonly unmatched: number;
  readonly beyondRate: number;
  readonly selected: number;
}

/** Thrown for a condition that no signal of a tap supports, or that takes too long. */
export class TapError extends Error {
  override readonly name = 'TapError';
}

/** Selects items of batches by a condition, up to a number of items per second. */
export class ItemSelector {
  readonly #matches = new Map<Signal, Predicate | undefined>();
  readonly #subject: Subject;
  readonly #checked: PerSecond;
  readonly #shown: PerSecond;
  readonly #every: number;
  readonly #counts = { seen: 0, notTaken: 0, unchecked: 0, unmatched: 0, beyondRate: 0, selected: 0 };
  #left: number;
  /** Number of items since the last one that was taken. */
  #sinceTaken = 0;

  /** Throws a `TapError` for an invalid condition. */
  constructor(options: {
    readonly signals: readonly Signal[];
    readonly where: string | undefined;
    readonly ratePerSecond: number;
    /** Number of items after which none is selected. */
    readonly limit: number | undefined;
    /** Only one item in this number is taken. Default: all. */
    readonly every?: number;
    readonly clock: Clock;
  }) {
    const { signals, where, ratePerSecond, limit, every = 1, clock } = options;
    this.#every = every;
    this.#left = limit ?? Number.POSITIVE_INFINITY;
    this.#subject = new Subject(evaluationContext({ clock, random: Math.random }));
    this.#checked = new PerSecond(CHECKED_PER_SECOND, clock);
    this.#shown = new PerSecond(ratePerSecond, clock);
    let reason = 'expected a signal that can be shown: traces, metrics or logs';
    for (const signal of signals) {
      const context = ITEM_CONTEXTS[signal];
      if (context === undefined) continue;
      try {
        this.#matches.set(signal, where === undefined ? undefined : compile(where, context));
      } catch (error) {
        if (!(error instanceof OttlError)) throw error;
        reason = error.message;
      }
    }
    if (this.#matches.size === 0) throw new TapError(where === undefined ? reason : `where: ${reason}`);
  }

  /** Returns what became of the items so far. */
  get counts(): SelectorCounts {
    return { ...this.#counts };
  }

  /** Returns the matching items of a batch. Throws a `TapError` if the condition takes too long. */
  select(batch: Batch): Selected {
    const { signal, parts, itemCount, context } = batch;
    if (!this.#matches.has(signal)) return { requests: [], skippedItems: 0 };
    const startMillis = performance.now();
    const before = this.counts;
    this.#counts.seen += itemCount;
    if (this.#sinceTaken + itemCount < this.#every) {
      this.#sinceTaken += itemCount;
      this.#counts.notTaken += itemCount;
      return { requests: [], skippedItems: 0 };
    }
    const hooks = this.#hooks(this.#matches.get(signal), {
      left: this.#checked.take(Math.ceil(itemCount / this.#every)),
    });
    const requests: Selected['requests'][number][] = [];
    for (const part of parts) {
      const { bytes, kept } = rewriteItems(signal, part, hooks, context);
      if (bytes !== undefined && kept > 0)
        requests.push({ bytes, json: requestToJson(signal, bytes), itemCount: kept });
    }
    this.#subject.restart();
    // Without a condition, only a busy machine takes long.
    const hasCondition = this.#matches.get(signal) !== undefined;
    if (hasCondition && performance.now() - startMillis > CONDITION_MILLIS + itemCount / 10)
      throw new TapError('where: the condition takes too long on this telemetry; use a simpler one');
    const { unchecked, beyondRate } = this.#counts;
    return { requests, skippedItems: unchecked - before.unchecked + beyondRate - before.beyondRate };
  }

  #hooks(matches: Predicate | undefined, checks: { left: number }): RewriteHooks<BatchContext> {
    const subject = this.#subject;
    const counts = this.#counts;
    return {
      item: (cursor, batch) => {
        this.#sinceTaken += 1;
        if (this.#sinceTaken < this.#every) {
          counts.notTaken += 1;
          return 'drop';
        }
        this.#sinceTaken = 0;
        if (checks.left <= 0 || this.#left <= 0) {
          counts.unchecked += 1;
          return 'drop';
        }
        checks.left -= 1;
        subject.batch = batch;
        if (matches !== undefined && !matches(subject.moveToItem(cursor))) {
          counts.unmatched += 1;
          return 'drop';
        }
        if (this.#shown.take(1) === 0) {
          counts.beyondRate += 1;
          return 'drop';
        }
        counts.selected += 1;
        this.#left -= 1;
        return 'keep';
      },
    };
  }
}

/** Compiles a condition with paths of a context, with or without the name of the context. */
function compile(text: string, context: ContextName): Predicate | undefined {
  const options = { context, functions: converters(context) };
  return matchesAny([compileCondition(text, options)], errorHandler('silent', { warn: () => undefined }));
}
