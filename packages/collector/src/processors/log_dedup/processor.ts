import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  forEachItem,
  type ItemCursor,
  type Outcome,
  rewriteItems,
} from '@otelier/otlp';
import { FlushingProcessor } from '../../component/batching/flushing-processor.ts';
import type { Consumer, SignalContext } from '../../component/contract.ts';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { Subject } from '../../ottl/record/subject.ts';
import { errorHandler, matchesAny } from '../../ottl/sequence.ts';
import type { LogDedupConfig } from './config.ts';
import { Counters, RecordIdentity } from './counters.ts';

/** Size of forwarded requests, below the message limit of gRPC servers. */
const REQUEST_BYTES = 2 * 2 ** 20;

/** Counts identical log records and forwards one of each after every interval. */
export class LogDedupProcessor extends FlushingProcessor {
  readonly #config: LogDedupConfig;
  readonly #identity: RecordIdentity;
  readonly #matches: Predicate | undefined;
  readonly #subject: Subject;
  readonly #counters = new Map<string, Counters>();

  constructor(config: LogDedupConfig, next: Consumer, context: SignalContext) {
    super(config.interval, next, context);
    this.#config = config;
    this.#identity = new RecordIdentity(config);
    this.#subject = new Subject(evaluationContext(context));
    this.#matches = matcher(config, context);
  }

  protected aggregate(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#matches === undefined) return this.#count(batch);
    const matched: Uint8Array[] = [];
    const { parts, itemCount, sizeBytes } = this.#separate(batch, matched);
    if (itemCount === batch.itemCount) return this.next.consume(batch);
    const counted = { ...batch, parts: matched, itemCount: batch.itemCount - itemCount, sizeBytes: sizeOf(matched) };
    if (itemCount === 0) return this.#count(counted);
    // Records that are not counted are forwarded first: if they are rejected, the sender repeats the whole batch.
    const outcome = this.next.consume({ ...batch, parts, itemCount, sizeBytes });
    const rest = (first: Outcome) => this.#countRest(counted, first, itemCount);
    return outcome instanceof Promise ? outcome.then(rest) : rest(outcome);
  }

  /** Returns the parts without the records to count, which are added to `matched`. */
  #separate(batch: Batch, matched: Uint8Array[]): Pick<Batch, 'parts' | 'itemCount' | 'sizeBytes'> {
    const subject = this.#subject;
    subject.batch = batch.context;
    const parts: Uint8Array[] = [];
    let itemCount = 0;
    for (const part of batch.parts) {
      const decisions: boolean[] = [];
      const others = rewriteItems(batch.signal, part, {
        item: (cursor) => {
          const isMatch = this.#matches?.(subject.moveToItem(cursor)) ?? true;
          decisions.push(isMatch);
          return isMatch ? 'drop' : 'keep';
        },
      });
      subject.restart();
      if (others.bytes !== undefined) parts.push(others.bytes);
      itemCount += others.kept;
      if (others.dropped === 0) continue;
      let index = 0;
      const counted =
        others.kept === 0
          ? part
          : rewriteItems(batch.signal, part, { item: () => (decisions[index++] ? 'keep' : 'drop') }).bytes;
      if (counted !== undefined) matched.push(counted);
    }
    return { parts, itemCount, sizeBytes: sizeOf(parts) };
  }

  #countRest(counted: Batch, first: Outcome, forwardedItems: number): Outcome {
    if (first.kind === 'retry') return first;
    const second = this.#count(counted);
    if (second.kind === 'accepted')
      return first.kind === 'refused'
        ? { kind: 'partial', rejectedItems: forwardedItems, reason: first.reason }
        : first;
    // The other records have already been forwarded, so the sender must not repeat the batch.
    const reason = 'reason' in second ? second.reason : '';
    const rejectedItems = counted.itemCount + (first.kind === 'partial' ? first.rejectedItems : 0);
    return first.kind === 'refused' ? first : { kind: 'partial', rejectedItems, reason };
  }

  /** Counts a batch's records. */
  #count(batch: Batch): Outcome {
    const rejection = this.#checkCardinality(batch.context) ?? this.reserveMemory(worstCase(batch));
    if (rejection !== undefined) return rejection;
    const counters = this.#countersOf(batch.context);
    const now = this.context.clock.now();
    const before = counters.bytes;
    const add = (cursor: ItemCursor) => counters.add(cursor, now);
    for (const part of batch.parts) forEachItem(batch.signal, part, add);
    this.#identity.reset();
    this.settleMemory(worstCase(batch), counters.bytes - before);
    return ACCEPTED;
  }

  #checkCardinality(context: BatchContext): Outcome | undefined {
    const limit = this.#config.metadataCardinalityLimit;
    if (limit === 0 || this.#counters.size < limit || this.#counters.has(this.#keyOf(context))) return undefined;
    return { kind: 'refused', reason: `more than ${limit} combinations of metadata` };
  }

  #keyOf({ tenant, metadata }: BatchContext): string {
    return JSON.stringify([tenant, ...this.#config.metadataKeys.map((name) => metadata[name] ?? null)]);
  }

  #countersOf(context: BatchContext): Counters {
    const key = this.#keyOf(context);
    let counters = this.#counters.get(key);
    if (counters !== undefined) return counters;
    const kept = this.#config.metadataKeys.flatMap((name) => {
      const values = context.metadata[name];
      return values === undefined ? [] : [[name, values] as const];
    });
    counters = new Counters({ ...context, subject: undefined, metadata: Object.fromEntries(kept) }, this.#identity);
    this.#counters.set(key, counters);
    return counters;
  }

  /** Returns one record per counter. */
  protected take(): readonly Batch[] {
    const { signal, clock } = this.context;
    const now = clock.now();
    const batches = [...this.#counters.values()].flatMap((counters) =>
      counters.encode(this.#config, now, REQUEST_BYTES).map(({ part, itemCount }) => {
        return { signal, parts: [part], itemCount, sizeBytes: part.length, context: counters.context };
      }),
    );
    this.#counters.clear();
    return batches;
  }
}

/** Returns the memory used by counters for a batch if all its records are distinct. */
function worstCase({ sizeBytes, itemCount }: Batch): number {
  return 3 * sizeBytes + 3 * 256 * itemCount;
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/**
 * Returns a predicate that reports whether a record is counted, or `undefined` if all are. Records for which a
 * condition fails are not counted.
 */
function matcher({ conditions }: LogDedupConfig, { logger }: SignalContext): Predicate | undefined {
  const log = errorHandler('ignore', logger);
  const matches = matchesAny(
    conditions.map((text) => compileCondition(text, { context: 'log', functions: converters('log') })),
    (text, error) => {
      log(text, error);
      throw FAILED;
    },
  );
  if (matches === undefined) return undefined;
  return (subject) => {
    try {
      return matches(subject);
    } catch (error) {
      if (error === FAILED) return false;
      throw error;
    }
  };
}

const FAILED = new Error('a condition failed');
