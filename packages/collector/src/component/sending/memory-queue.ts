import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Admissions, Rejection } from '../admissions.ts';
import { type Reservation, releaseOwned } from '../contract.ts';
import { limitBytesOf, type OverflowPolicy, overflowPolicyOf, type QueueConfig } from './config.ts';
import type { QueuedBatch, QueueState, SendingQueue } from './queue.ts';
import {
  type BlockingQueue,
  checkSpace,
  consumeOwnedWhenWritable,
  consumeWhenWritable,
  SpaceWaiters,
} from './space.ts';

interface Entry {
  readonly batch: Batch;
  readonly admission: Admission;
  readonly isOwned: boolean;
  /** Returns the outcome to a client that waits for it. */
  readonly respond: ((outcome: Outcome) => void) | undefined;
}

/**
 * A bounded queue in memory. A full queue returns `retry`, waits for space, or drops its oldest batches. Batches in flight
 * count, because they still use memory.
 */
export class MemoryQueue implements SendingQueue, BlockingQueue {
  onFull: () => void = () => {};
  onReadable: () => void = () => {};
  onQueued: (itemCount: number) => void = () => {};
  onRefused: (batch: Batch, rejection: Rejection) => void = () => {};
  /** Called for each batch that is dropped because the queue is full. */
  onDropped: SendingQueue['onDropped'] = () => {};
  readonly #config: QueueConfig;
  readonly #admissions: Admissions;
  readonly #policy: OverflowPolicy;
  readonly #limitBytes: number;
  readonly #waiting: Entry[] = [];
  readonly #space = new SpaceWaiters();
  #idle: (() => void)[] = [];
  /** Size of reservations, queued entries and entries in flight, in three units. */
  readonly #used = { requests: 0, items: 0, bytes: 0 };

  constructor(config: QueueConfig, admissions: Admissions) {
    this.#config = config;
    this.#admissions = admissions;
    this.#policy = overflowPolicyOf(config);
    this.#limitBytes = limitBytesOf(config);
  }

  state(): QueueState {
    const { requests, items, bytes: sizeBytes } = this.#used;
    return { sizeBytes, limitBytes: this.#limitBytes, requests, items };
  }

  reserve(batch: Batch): Reservation | Rejection {
    let full = checkSpace(this.#config, this.#limitBytes, this.#used, batch);
    if (full?.kind === 'retry') this.onFull();
    while (full?.kind === 'retry' && this.#policy === 'drop_oldest' && this.#dropOldest()) {
      full = checkSpace(this.#config, this.#limitBytes, this.#used, batch);
    }
    if (full) return full;
    const admission = this.#admissions.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    this.#count(batch, 1);
    return {
      kind: 'reserved',
      commit: () => this.#enqueue(batch, admission, false),
      commitOwned: () => this.#enqueue(batch, admission, true),
      cancel: () => this.#free(batch, admission),
    };
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    return consumeWhenWritable(this, batch);
  }

  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    return consumeOwnedWhenWritable(this, batch);
  }

  /** Waiting cannot help if the queue is empty: the batch is too large, or other components use the memory. */
  waits({ kind }: Rejection): boolean {
    return this.#policy === 'block' && kind === 'retry' && this.#used.requests > 0;
  }

  whenWritable(): Promise<void> {
    return this.#space.whenWritable();
  }

  whenBelowHighWaterMark(): Promise<void> | undefined {
    return this.#space.whenBelowHighWaterMark(this.#used.bytes);
  }

  take(): QueuedBatch | undefined {
    const entry = this.#waiting.shift();
    if (entry === undefined) return undefined;
    return {
      batch: entry.batch,
      settle: (outcome, _interrupted, isUnused) => {
        if (isUnused && entry.isOwned) releaseOwned(entry.batch);
        this.#settle(entry, outcome);
      },
    };
  }

  /** Resolves when no batch is queued or in flight. */
  async empty(): Promise<void> {
    while (this.#used.requests > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Removes the queued batches, and returns those that no client waits for, to report them as lost. */
  clear(): readonly Batch[] {
    const entries = this.#waiting.splice(0);
    for (const { batch, admission, respond } of entries) {
      respond?.({ kind: 'retry', afterMillis: undefined, reason: 'the exporter was shut down before it could send' });
      this.#free(batch, admission);
    }
    return entries.filter(({ respond }) => respond === undefined).map(({ batch }) => batch);
  }

  #enqueue(batch: Batch, admission: Admission, isOwned: boolean): Outcome | Promise<Outcome> {
    if (!this.#config.waitForResult) {
      this.onQueued(batch.itemCount);
      this.#waiting.push({ batch, admission, isOwned, respond: undefined });
      this.onReadable();
      return ACCEPTED;
    }
    return new Promise((respond) => {
      this.#waiting.push({ batch, admission, isOwned, respond });
      this.onReadable();
    });
  }

  #dropOldest(): boolean {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return false;
    // A client that waits still has its batch.
    if (oldest.respond === undefined) this.onDropped(oldest.batch, 'overflow');
    if (oldest.isOwned) releaseOwned(oldest.batch);
    oldest.respond?.({ kind: 'refused', reason: 'dropped from the full sending queue' });
    this.#free(oldest.batch, oldest.admission);
    return true;
  }

  #settle({ batch, admission, respond }: Entry, outcome: Outcome): void {
    this.#free(batch, admission);
    respond?.(outcome);
  }

  #count({ itemCount, sizeBytes }: Batch, sign: 1 | -1): void {
    this.#used.requests += sign;
    this.#used.items += sign * itemCount;
    this.#used.bytes += sign * sizeBytes;
  }

  #free(batch: Batch, admission: Admission): void {
    admission.release();
    this.#count(batch, -1);
    this.#space.freed(this.#used.bytes);
    if (this.#used.requests > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
