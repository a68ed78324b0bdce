import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Rejection } from '../admissions.ts';
import { type Reservation, releaseOwned, retainOwned, type SignalContext } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import type { DurableQueue, QueueDamage, TakenBatch } from '../storage/contract.ts';
import { storageOf } from '../storage/storage-of.ts';
import { batchingOf, limitBytesOf, type OverflowPolicy, overflowPolicyOf, type QueueConfig } from './config.ts';
import type { QueuedBatch, QueueState, SendingQueue } from './queue.ts';
import {
  type BlockingQueue,
  checkSpace,
  consumeOwnedWhenWritable,
  consumeWhenWritable,
  FULL,
  FULL_RETRY_MILLIS,
  isOverfull,
  type QueueUsage,
  SpaceWaiters,
} from './space.ts';

/**
 * A bounded queue on disk. A batch is accepted once it is durable. What is not delivered when the exporter stops is
 * delivered after the next start.
 */
export class DurableSendingQueue implements SendingQueue, BlockingQueue {
  onFull: () => void = () => {};
  onReadable: () => void = () => {};
  onQueued: (itemCount: number) => void = () => {};
  onRefused: (batch: Batch, rejection: Rejection) => void = () => {};
  /** Called with the number of items that an earlier process has left. */
  onRecovered: (itemCount: number) => void = () => {};
  /** Called for each batch that is dropped. */
  onDropped: SendingQueue['onDropped'] = () => {};
  /** Called for damage that opening or reading finds. */
  onDamage: (damage: QueueDamage) => void = () => {};
  readonly #config: QueueConfig;
  readonly #context: SignalContext;
  readonly #policy: OverflowPolicy;
  readonly #space = new SpaceWaiters();
  #queue: DurableQueue | undefined;
  /** Batches that are being appended. */
  readonly #reserved = { requests: 0, items: 0, bytes: 0 };
  /** Whether the last append failed. */
  #isFailing = false;
  /** A batch from disk for which there is no memory yet. */
  #held: TakenBatch | undefined;
  #takenCount = 0;
  #isStopped = false;

  constructor(config: QueueConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
    this.#policy = overflowPolicyOf(config);
  }

  async start(): Promise<void> {
    const { id, kind, host, signal, logger } = this.#context;
    const queue = await storageOf(this.#config.storage ?? '', host).openQueue({ id, kind }, signal, {
      metadataKeys: batchingOf(this.#config)?.partition.metadataKeys ?? [],
      onDamage: (damage) => this.onDamage(damage),
      onReadError: (error) => logger.error({ err: error }, 'cannot read the durable queue, retrying'),
    });
    this.#queue = queue;
    const { records, items, bytes } = queue.size;
    this.onRecovered(items);
    if (records > 0) logger.info({ signal, batches: records, items, bytes }, 'delivering batches of the previous run');
    queue.onReadable = () => this.onReadable();
    this.onReadable();
  }

  /** Takes no more batches, and rejects those that wait for space. Those taken are settled. */
  stop(): void {
    this.#isStopped = true;
    this.#freed();
    this.#held?.putBack();
    this.#held = undefined;
  }

  async close(): Promise<void> {
    this.stop();
    await this.#queue?.close();
  }

  state(): QueueState {
    const { requests, items, bytes: sizeBytes } = this.#used;
    return { sizeBytes, limitBytes: this.#limitBytes, requests, items };
  }

  get #limitBytes(): number {
    return Math.min(limitBytesOf(this.#config), this.#queue?.limitBytes ?? Number.POSITIVE_INFINITY);
  }

  get #used(): QueueUsage {
    const { records, items, bytes } = this.#queue?.size ?? { records: 0, items: 0, bytes: 0 };
    const reserved = this.#reserved;
    return { requests: records + reserved.requests, items: items + reserved.items, bytes: bytes + reserved.bytes };
  }

  reserve(batch: Batch): Reservation | Rejection {
    const queue = this.#queue;
    if (queue === undefined)
      return { kind: 'retry', afterMillis: undefined, reason: 'the exporter has not started yet' };
    if (this.#isStopped) return { kind: 'retry', afterMillis: undefined, reason: 'the exporter is shutting down' };
    const full = checkSpace(this.#config, this.#limitBytes, this.#used, batch);
    if (full?.kind === 'retry') this.onFull();
    if (full !== undefined && (full.kind === 'refused' || this.#policy !== 'drop_oldest')) return full;
    const admission = this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    this.#count(batch, 1);
    return {
      kind: 'reserved',
      // The queue owns what it keeps in memory until it is delivered.
      commit: () => {
        retainOwned(batch);
        return this.#append(queue, batch, admission);
      },
      commitOwned: () => this.#append(queue, batch, admission),
      cancel: () => {
        admission.release();
        this.#count(batch, -1);
        this.#freed();
      },
    };
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    return consumeWhenWritable(this, batch);
  }

  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    return consumeOwnedWhenWritable(this, batch);
  }

  waits({ kind }: Rejection): boolean {
    return this.#policy === 'block' && !this.#isStopped && kind === 'retry' && this.#used.requests > 0;
  }

  whenWritable(): Promise<void> {
    return this.#space.whenWritable();
  }

  /** Waiting batches are on disk, so that only those being written take memory. */
  whenBelowHighWaterMark(): Promise<void> | undefined {
    return this.#space.whenBelowHighWaterMark(this.#reserved.bytes);
  }

  take(): QueuedBatch | undefined {
    if (this.#isStopped) return undefined;
    const taken = this.#held ?? this.#takeKept();
    this.#held = undefined;
    if (taken === undefined) return undefined;
    const { batch } = taken;
    const admission = taken.admission ?? this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    // Without memory for a batch, it waits until another is delivered. One is always in flight.
    if ('kind' in admission && this.#takenCount > 0) {
      this.#held = taken;
      return undefined;
    }
    this.#takenCount += 1;
    return {
      batch,
      settle: (_outcome, interrupted, isUnused) => {
        if (!('kind' in admission)) admission.release();
        // The memory of a batch from disk was never owned, which makes no difference.
        if (isUnused && !interrupted) releaseOwned(batch);
        return this.#settle(taken, interrupted);
      },
    };
  }

  /** Takes the oldest batch, and drops those of tenants that were removed after they came. */
  #takeKept(): TakenBatch | undefined {
    const { tenants } = this.#context.host;
    for (;;) {
      const taken = this.#queue?.take();
      if (taken === undefined) return undefined;
      const { tenant, arrivalMillis } = taken.batch.context;
      if (tenants?.isRemoved(tenant, arrivalMillis) !== true) return taken;
      this.onDropped(taken.batch, 'tenant_removed');
      taken.admission?.release();
      void taken.acknowledge();
      this.#freed();
    }
  }

  async #settle(taken: TakenBatch, interrupted: boolean): Promise<void> {
    this.#takenCount -= 1;
    if (interrupted) {
      taken.putBack();
      return;
    }
    const done = taken.acknowledge();
    this.#freed();
    await done;
  }

  async #append(queue: DurableQueue, batch: Batch, admission: Admission): Promise<Outcome> {
    let outcome: Outcome;
    // Before it is stored, because it may be delivered before the outcome is known.
    this.onQueued(batch.itemCount);
    try {
      await queue.append(batch, admission);
      outcome = ACCEPTED;
      this.#reportWritable();
    } catch (error) {
      this.onQueued(-batch.itemCount);
      outcome = this.#rejected(error);
    }
    this.#count(batch, -1);
    if (this.#policy === 'drop_oldest') await this.#dropOldest(queue);
    // The size of the queue now includes the batch, so only a failure frees space.
    if (outcome.kind === 'retry') this.#freed();
    return outcome;
  }

  /** Drops the oldest batches that are not in flight while the queue is larger than its limit. */
  async #dropOldest(queue: DurableQueue): Promise<void> {
    while (isOverfull(this.#config, this.#limitBytes, this.#used)) {
      const taken = this.#held ?? queue.take();
      this.#held = undefined;
      // Everything in memory is taken: the next batches are being read.
      if (taken === undefined) return;
      this.onDropped(taken.batch, 'overflow');
      taken.admission?.release();
      await taken.acknowledge();
    }
  }

  #rejected(error: unknown): Rejection {
    if (error instanceof Error && error.name === 'JournalFullError') {
      this.onFull();
      return FULL;
    }
    const reason = `the durable queue cannot be written: ${errorMessage(error)}`;
    this.#context.reportStatus(reason);
    if (!this.#isFailing)
      this.#context.logger.error({ err: error }, 'cannot write the durable queue, rejecting batches');
    this.#isFailing = true;
    return { kind: 'retry', afterMillis: FULL_RETRY_MILLIS, reason };
  }

  #reportWritable(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#context.reportStatus(undefined);
    this.#context.logger.info('durable queue writable again');
  }

  #count({ itemCount, sizeBytes }: Batch, sign: 1 | -1): void {
    this.#reserved.requests += sign;
    this.#reserved.items += sign * itemCount;
    this.#reserved.bytes += sign * sizeBytes;
  }

  #freed(): void {
    this.#space.freed(this.#reserved.bytes);
  }
}
