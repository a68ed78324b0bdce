import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Admissions, Rejection } from '../admissions.ts';
import type { Reservation } from '../contract.ts';
import { formatByteSize } from '../units.ts';
import type { SendingConfig } from './config.ts';

/** What waits in a component's queue, in flight included. */
export interface QueueState {
  readonly sizeBytes: number;
  readonly limitBytes: number;
  readonly requests: number;
  readonly items: number;
  /** Items that left it because the destination took them, since the start. */
  readonly deliveredItems: number;
}

type QueueConfig = SendingConfig['sendingQueue'];

/**
 * A bounded queue in memory. What is being sent still counts as waiting, because it still holds its memory. At the
 * bound the answer is `retry`, or with `block_on_overflow` the caller waits for room.
 */
export class SendingQueue {
  readonly #config: QueueConfig;
  readonly #admissions: Admissions;
  readonly #send: (batch: Batch) => Promise<Outcome>;
  readonly #waiting: Entry[] = [];
  readonly #blocked: (() => void)[] = [];
  readonly #pressing: (() => void)[] = [];
  #idle: (() => void)[] = [];
  #sending = 0;
  /** Reservations not yet committed, entries waiting and entries being sent, in three units. */
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
    // An empty queue gets no emptier: then the batch itself, or the memory of others, is the reason.
    if (!this.#config.blockOnOverflow || capacity.kind === 'refused' || this.#requests === 0) return capacity;
    return this.whenWritable().then(() => this.consume(batch));
  }

  /** Resolves when the next batch leaves. */
  whenWritable(): Promise<void> {
    return new Promise((resolve) => this.#blocked.push(resolve));
  }

  /** Resolves when no more than `CALM_BYTES` wait or are being sent; `undefined` while that is so. */
  whenBelowHighWaterMark(): Promise<void> | undefined {
    if (this.#bytes <= HIGH_WATER_MARK_BYTES) return undefined;
    return new Promise((resolve) => this.#pressing.push(resolve));
  }

  /** Resolves when nothing waits and nothing is being sent. */
  async empty(): Promise<void> {
    while (this.#requests > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes out what waits, for reporting that it is lost. */
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
      return { kind: 'refused', reason: `a batch of ${more} ${sizer} never fits the sending queue of ${queueSize}` };
    if (batch.sizeBytes > this.limitBytes) {
      return {
        kind: 'refused',
        reason: `a batch of ${formatByteSize(batch.sizeBytes)} never fits the sending queue of ${formatByteSize(this.limitBytes)}`,
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
    if (this.#bytes <= HIGH_WATER_MARK_BYTES) for (const resume of this.#pressing.splice(0)) resume();
    if (this.#requests > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

/** A second is about what a full queue needs to move on; the client's own back-off does the rest. */
const FULL_RETRY_MILLIS = 1000;

/** Four batches of 8,192 spans: more of them on their way gain nothing from any but very slow destinations. */
const HIGH_WATER_MARK_BYTES = 16 * 2 ** 20;

interface Entry {
  readonly batch: Batch;
  readonly admission: Admission;
  readonly settle: ((outcome: Outcome) => void) | undefined;
}
