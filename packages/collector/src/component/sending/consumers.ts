import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import { BatchSizeHistograms } from '../batching/size-histogram.ts';
import { Batcher, type PendingEntry, type QueueBatch } from './batcher.ts';
import { batchingOf, type QueueConfig } from './config.ts';
import type { QueuedBatch, SendingQueue } from './queue.ts';

/** The outcome of sending a batch, retries included. */
export interface Delivered {
  readonly outcome: Outcome;
  /** Whether the exporter stopped before the destination took or refused the batch. */
  readonly interrupted: boolean;
  /** Whether no attempt uses the bytes of the batch any more, so that their memory can be used again. */
  readonly isUnused: boolean;
}

/** Sends a batch. `isMerged` means that it contains several batches of the queue. */
export type SendBatch = (batch: Batch, isMerged: boolean) => Promise<Delivered>;

/** Batches that were removed from consumers. */
export interface ClearedBatches {
  readonly entries: readonly QueuedBatch[];
  /** Number of items that were not sent. Other pieces of their batches may have been. */
  readonly itemCount: number;
}

/**
 * Sends the batches of a queue, `num_consumers` of them at a time, merged first if batching is configured. A consumer takes
 * its next batch only when the queue no longer contains the last one, so that a kill doubles no more than what is in
 * flight.
 */
export class Consumers {
  readonly #queue: Pick<SendingQueue, 'take'>;
  readonly #maxSending: number;
  readonly #send: SendBatch;
  readonly #batcher: Batcher | undefined;
  /** Called with the number of items that the destination has accepted, and whose client has to send them again. */
  onSentAgain: (itemCount: number) => void = () => {};
  /** Merged batches for which no consumer is free. */
  readonly #ready: QueueBatch[] = [];
  /** Sizes of the batches that were merged or split; `undefined` without batching. */
  readonly sentSizes: BatchSizeHistograms | undefined;
  #sending = 0;
  #idle: (() => void)[] = [];

  constructor(queue: SendingQueue, config: QueueConfig, clock: Clock, send: SendBatch) {
    this.#queue = queue;
    this.#maxSending = config.numConsumers;
    this.#send = send;
    const batching = batchingOf(config);
    if (batching !== undefined) {
      this.#batcher = new Batcher(batching, clock);
      this.sentSizes = new BatchSizeHistograms();
      this.#batcher.onTimeout = (batches) => this.#add(batches);
    }
    queue.onReadable = () => this.pump();
  }

  /** Number of requests that are being sent, also those that wait for a retry. */
  get inFlightRequests(): number {
    return this.#sending;
  }

  /** Sends what the queue has, as far as consumers are free. */
  pump(): void {
    if (this.#batcher === undefined) this.#pumpSingle();
    else this.#pumpMerged(this.#batcher);
  }

  /** Sends incomplete merged batches as well. */
  flush(): void {
    if (this.#batcher !== undefined) this.#add(this.#batcher.flush());
  }

  /** Removes the batches that were taken from the queue and are not being sent. */
  clear(): ClearedBatches {
    const merged = [...this.#ready.splice(0), ...(this.#batcher?.flush() ?? [])];
    const entries = new Set<QueuedBatch>();
    for (const { pendingBatches } of merged) {
      for (const pending of pendingBatches) {
        pending.pieces -= 1;
        pending.interrupted = true;
        pending.outcome = INTERRUPTED;
        // If other pieces are being sent, the last of them settles the batch.
        if (pending.pieces > 0) continue;
        this.#reportAgain(pending, INTERRUPTED);
        entries.add(pending.entry);
      }
    }
    return { entries: [...entries], itemCount: merged.reduce((sum, { batch }) => sum + batch.itemCount, 0) };
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    while (this.#sending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #add(batches: readonly QueueBatch[]): void {
    this.#ready.push(...batches);
    this.pump();
  }

  #pumpSingle(): void {
    while (this.#sending < this.#maxSending) {
      const entry = this.#queue.take();
      if (entry === undefined) return;
      this.#sending += 1;
      void this.#sendSingle(entry);
    }
  }

  #pumpMerged(batcher: Batcher): void {
    for (;;) {
      while (this.#ready.length > 0 && this.#sending < this.#maxSending) {
        const merged = this.#ready.shift();
        if (merged === undefined) break;
        this.#sending += 1;
        void this.#sendMerged(merged);
      }
      if (this.#ready.length > 0) return;
      const entry = this.#queue.take();
      if (entry === undefined) return;
      this.#ready.push(...batcher.add(entry));
    }
  }

  async #sendSingle(entry: QueuedBatch): Promise<void> {
    const { outcome, interrupted, isUnused } = await this.#send(entry.batch, false);
    const settled = entry.settle(outcome, interrupted, isUnused);
    if (settled !== undefined) await settled;
    this.#end();
  }

  async #sendMerged({ batch, pendingBatches, pieceItems }: QueueBatch): Promise<void> {
    const isSingle = pendingBatches.every(({ entry }) => entry === pendingBatches[0]?.entry);
    this.sentSizes?.record(batch);
    const delivered = await this.#send(batch, !isSingle);
    const settled = pendingBatches.map((pending, index) =>
      this.#settlePiece(pending, pieceItems?.[index] ?? 0, delivered, isSingle),
    );
    await Promise.all(settled);
    this.#end();
  }

  #end(): void {
    this.#sending -= 1;
    this.pump();
    if (this.#sending > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #settlePiece(
    pending: PendingEntry,
    itemCount: number,
    { outcome, interrupted, isUnused }: Delivered,
    isSingle: boolean,
  ): void | Promise<void> {
    pending.pieces -= 1;
    pending.interrupted ||= interrupted;
    pending.isUnused &&= isUnused;
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') pending.acceptedItems += itemCount;
    if (outcome.kind === 'partial' && isSingle) pending.acceptedItems -= outcome.rejectedItems;
    // Rejected items cannot be attributed to one of several merged batches.
    if (outcome.kind !== 'accepted' && (isSingle || outcome.kind !== 'partial'))
      pending.outcome = joinOutcomes(pending.outcome, outcome);
    if (pending.pieces > 0) return undefined;
    const final = pending.outcome ?? ACCEPTED;
    this.#reportAgain(pending, final);
    return pending.entry.settle(final, pending.interrupted, pending.isUnused);
  }

  #reportAgain({ acceptedItems }: PendingEntry, { kind }: Outcome): void {
    if (acceptedItems > 0 && (kind === 'retry' || kind === 'refused')) this.onSentAgain(acceptedItems);
  }
}

const INTERRUPTED: Outcome = { kind: 'retry', afterMillis: undefined, reason: 'the exporter is shutting down' };

/** Joins the outcomes of two pieces of a batch, of which neither was accepted completely. */
function joinOutcomes(before: Outcome | undefined, outcome: Outcome): Outcome {
  if (before === undefined || before.kind === 'accepted') return outcome;
  if (before.kind !== 'partial') return before;
  if (outcome.kind !== 'partial') return outcome;
  return { ...before, rejectedItems: before.rejectedItems + outcome.rejectedItems };
}
