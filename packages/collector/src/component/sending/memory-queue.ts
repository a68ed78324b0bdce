import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Admissions, Rejection } from '../admissions.ts';
import type { Reservation } from '../contract.ts';
import { formatByteSize } from '../units.ts';
import type { SendingConfig } from './config.ts';

/** The size of a queue, including in-flight batches. */
export interface QueueState {
  readonly sizeBytes: number;
  readonly limitBytes: number;
  readonly requests: number;
  readonly items: number;
  /** Number of items that the destination has accepted since the start. */
  readonly deliveredItems: number;
}

type QueueConfig = SendingConfig['sendingQueue'];

/**
 * A bounded in-memory queue. In-flight batches count toward its size, because they still use memory. A full queue
 * returns `retry` or, with `block_on_overflow`, waits for space.
 */
export class SendingQueue {
  readonly #config: QueueConfig;
  readonly #admissions: Admissions;
  readonly #send: (batch: Batch) => Promise<Outcome>;
  /** Called for each batch that does not fit. */
  onFull: () => void = () => {};
  readonly #waiting: Entry[] = [];
  readonly #blocked: (() => void)[] = [];
  readonly #aboveHighWaterMark: (() => void)[] = [];
  #idle: (() => void)[] = [];
  #sending = 0;
  /** Size of reservations, queued entries and in-flight entries, in three units. */
  #requests = 0;
  #items = 0;
  #bytes = 0;
  #deliveredItems = 0;

  constructor(config: QueueConfig, admissions: Admissions, send: (batch: Batch) => Promise<Outcome>) {
    this.#config = config;
    this.#admissions = admissions;
    this.#send = send;
  }

  state(): QueueState {
    return {
      sizeBytes: this.#bytes,
      limitBytes: this.limitBytes,
      requests: this.#requests,
      items: this.#items,
      deliveredItems: this.#deliveredItems,
    };
  }

  get limitBytes(): number {
    const { sizer, queueSize, maxBytes } = this.#config;
    return sizer === 'bytes' ? Math.min(queueSize, maxBytes) : maxBytes;
  }

  reserve(batch: Batch): Reservation | Rejection {
    const full = this.#bound(batch);
    if (full?.kind === 'retry') this.onFull();
    if (full) return full;
    const admission = this.#admissions.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    this.#count(batch, 1);
    return {
      kind: 'reserved',
      commit: () => this.#enqueue(batch, admission),
      cancel: () => this.#free(batch, admission),
    };
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const capacity = this.reserve(batch);
    if (capacity.kind === 'reserved') return capacity.commit();
    // Waiting does not help if the queue is empty: the batch is too large, or other components use the memory.
    if (!this.#config.blockOnOverflow || capacity.kind === 'refused' || this.#requests === 0) return capacity;
    return this.whenWritable().then(() => this.consume(batch));
  }

  /** Resolves when the next batch leaves the queue. */
  whenWritable(): Promise<void> {
    return new Promise((resolve) => this.#blocked.push(resolve));
  }

  /** Resolves when the queue is at or below `HIGH_WATER_MARK_BYTES`; `undefined` if it already is. */
  whenBelowHighWaterMark(): Promise<void> | undefined {
    if (this.#bytes <= HIGH_WATER_MARK_BYTES) return undefined;
    return new Promise((resolve) => this.#aboveHighWaterMark.push(resolve));
  }

  /** Resolves when no batch is queued or in flight. */
  async empty(): Promise<void> {
    while (this.#requests > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Removes and returns the queued batches so that they can be reported as lost. */
  clear(): readonly Batch[] {
    const entries = this.#waiting.splice(0);
    for (const { batch, admission, settle } of entries) {
      settle?.({ kind: 'retry', afterMillis: undefined, reason: 'the exporter was shut down before it could send' });
      this.#free(batch, admission);
    }
    return entries.map(({ batch }) => batch);
  }

  #enqueue(batch: Batch, admission: Admission): Outcome | Promise<Outcome> {
    if (!this.#config.waitForResult) {
      this.#waiting.push({ batch, admission, settle: undefined });
      this.#pump();
      return ACCEPTED;
    }
    return new Promise((settle) => {
      this.#waiting.push({ batch, admission, settle });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#sending < this.#config.numConsumers) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#sending += 1;
      void this.#process(entry);
    }
  }

  async #process({ batch, admission, settle }: Entry): Promise<void> {
    const outcome = await this.#send(batch);
    this.#sending -= 1;
    if (outcome.kind === 'accepted') this.#deliveredItems += batch.itemCount;
    if (outcome.kind === 'partial') this.#deliveredItems += Math.max(0, batch.itemCount - outcome.rejectedItems);
    this.#free(batch, admission);
    settle?.(outcome);
    this.#pump();
  }

  #bound(batch: Batch): Rejection | undefined {
    const { sizer, queueSize } = this.#config;
    const used = { requests: this.#requests, items: this.#items, bytes: this.#bytes }[sizer];
    const more = { requests: 1, items: batch.itemCount, bytes: batch.sizeBytes }[sizer];
    if (more > queueSize)
      return { kind: 'refused', reason: `a batch of ${more} ${sizer} exceeds the sending queue of ${queueSize}` };
    if (batch.sizeBytes > this.limitBytes) {
      return {
        kind: 'refused',
        reason: `a batch of ${formatByteSize(batch.sizeBytes)} exceeds the sending queue of ${formatByteSize(this.limitBytes)}`,
      };
    }
    if (used + more <= queueSize && this.#bytes + batch.sizeBytes <= this.limitBytes) return undefined;
    return { kind: 'retry', afterMillis: FULL_RETRY_MILLIS, reason: 'the sending queue is full' };
  }

  #count(batch: Batch, sign: 1 | -1): void {
    this.#requests += sign;
    this.#items += sign * batch.itemCount;
    this.#bytes += sign * batch.sizeBytes;
  }

  #free(batch: Batch, admission: Admission): void {
    admission.release();
    this.#count(batch, -1);
    for (const resume of this.#blocked.splice(0)) resume();
    if (this.#bytes <= HIGH_WATER_MARK_BYTES) for (const resume of this.#aboveHighWaterMark.splice(0)) resume();
    if (this.#requests > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

/** Retry delay for clients of a full queue, which their own backoff increases. */
const FULL_RETRY_MILLIS = 1000;

/** Four batches of 8,192 spans. A higher mark does not increase throughput, except with very slow destinations. */
const HIGH_WATER_MARK_BYTES = 16 * 2 ** 20;

interface Entry {
  readonly batch: Batch;
  readonly admission: Admission;
  readonly settle: ((outcome: Outcome) => void) | undefined;
}
