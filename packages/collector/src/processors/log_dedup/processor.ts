import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  forEachItem,
  type ItemCursor,
  type Outcome,
  rewriteItems,
} from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Consumer, Processor, SignalContext } from '../../component/contract.ts';
import { Delivery } from '../../component/delivery.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
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
export class LogDedupProcessor implements Processor {
  readonly #config: LogDedupConfig;
  readonly #next: Consumer;
  readonly #context: SignalContext;
  readonly #delivery: Delivery;
  readonly #identity: RecordIdentity;
  readonly #matches: Predicate | undefined;
  readonly #subject: Subject;
  readonly #counters = new Map<string, Counters>();
  readonly #flushes: PeriodicTask;
  /** The memory reserved for the counters. */
  #admission: Admission | undefined;
  #admittedBytes = 0;

  constructor(config: LogDedupConfig, next: Consumer, context: SignalContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#delivery = new Delivery(next, context);
    this.#identity = new RecordIdentity(config);
    this.#subject = new Subject(evaluationContext(context));
    this.#matches = matcher(config, context);
    this.#flushes = every(context, config.interval, () => this.#flush());
  }

  start(): Promise<void> {
    return this.#flushes.start();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#delivery.rejection !== undefined) return this.#delivery.whenUnblocked(() => this.consume(batch));
    if (this.#matches === undefined) return this.#count(batch);
    const matched: Uint8Array[] = [];
    const { parts, itemCount, sizeBytes } = this.#separate(batch, matched);
    if (itemCount === batch.itemCount) return this.#next.consume(batch);
    const counted = { ...batch, parts: matched, itemCount: batch.itemCount - itemCount, sizeBytes: sizeOf(matched) };
    if (itemCount === 0) return this.#count(counted);
    // Records that are not counted are forwarded first: if they are rejected, the sender repeats the whole batch.
    const outcome = this.#next.consume({ ...batch, parts, itemCount, sizeBytes });
    const rest = (first: Outcome) => this.#countRest(counted, first, itemCount);
    return outcome instanceof Promise ? outcome.then(rest) : rest(outcome);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#flushes.shutdown();
    this.#flush();
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.drain(AbortSignal.abort());
    this.#delivery.end();
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
    const rejection = this.#checkCardinality(batch.context) ?? this.#reserve(batch);
    if (rejection !== undefined) return rejection;
    const counters = this.#countersOf(batch.context);
    const now = this.#context.clock.now();
    const before = counters.bytes;
    const add = (cursor: ItemCursor) => counters.add(cursor, now);
    for (const part of batch.parts) forEachItem(batch.signal, part, add);
    this.#identity.reset();
    this.#admittedBytes += counters.bytes - before;
    this.#admission?.shrink?.(worstCase(batch) - (counters.bytes - before));
    return ACCEPTED;
  }

  /**
   * Reserves the memory that a batch needs if all its records are distinct. Forwards the counters early if there is not
   * enough.
   */
  #reserve(batch: Batch): Outcome | undefined {
    const { admission } = this.#context;
    const bytes = worstCase(batch);
    const isFull = this.#admittedBytes + bytes > admission.limitBytes * MEMORY_SHARE;
    if (this.#admission !== undefined && !isFull && this.#admission.grow(bytes)) return undefined;
    if (this.#admission !== undefined) this.#flush();
    const admitted = admission.admit(bytes);
    if ('kind' in admitted) return admitted;
    this.#admission = admitted;
    return undefined;
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

  /** Forwards one record per counter and starts over. */
  #flush(): void {
    const now = this.#context.clock.now();
    const pieces = [...this.#counters.values()].flatMap((counters) =>
      counters.encode(this.#config, now, REQUEST_BYTES).map((piece) => ({ ...piece, context: counters.context })),
    );
    this.#counters.clear();
    const admission = this.#admission;
    this.#admission = undefined;
    this.#admittedBytes = 0;
    if (admission === undefined) return;
    const pendingBatch = { admission, settle: undefined, pieces: pieces.length };
    if (pieces.length === 0) admission.release();
    for (const { part, itemCount, context } of pieces) {
      const batch = { signal: this.#context.signal, parts: [part], itemCount, sizeBytes: part.length, context };
      this.#delivery.send({ batch, pendingBatches: [pendingBatch] });
    }
  }
}

/** Maximum share of the memory budget for counters, which must leave memory for telemetry in flight. */
const MEMORY_SHARE = 0.25;

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
