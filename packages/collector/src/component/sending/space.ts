import type { Batch, Outcome } from '@otelier/otlp';
import type { Rejection } from '../admissions.ts';
import { commitOwned, releaseOwned } from '../contract.ts';
import { formatByteSize } from '../units.ts';
import type { QueueConfig } from './config.ts';
import type { SendingQueue } from './queue.ts';

/** The size of what takes space in a queue. */
export interface QueueUsage {
  readonly requests: number;
  readonly items: number;
  readonly bytes: number;
}

/** Retry delay for clients of a full queue. Their own backoff increases it. */
export const FULL_RETRY_MILLIS = 1000;

/** Four batches of 8,192 spans. More do not increase throughput, except with very slow destinations. */
export const HIGH_WATER_MARK_BYTES = 16 * 2 ** 20;

/** The outcome of a batch for which a queue has no space. */
export const FULL: Rejection = { kind: 'retry', afterMillis: FULL_RETRY_MILLIS, reason: 'the sending queue is full' };

/** Returns why a queue has no space for a batch. */
export function checkSpace(
  { sizer, queueSize }: QueueConfig,
  limitBytes: number,
  used: QueueUsage,
  batch: Batch,
): Rejection | undefined {
  const more = { requests: 1, items: batch.itemCount, bytes: batch.sizeBytes }[sizer];
  if (more > queueSize)
    return { kind: 'refused', reason: `a batch of ${more} ${sizer} exceeds the sending queue of ${queueSize}` };
  if (batch.sizeBytes > limitBytes) {
    return {
      kind: 'refused',
      reason: `a batch of ${formatByteSize(batch.sizeBytes)} exceeds the sending queue of ${formatByteSize(limitBytes)}`,
    };
  }
  const hasSpace = used[sizer] + more <= queueSize && used.bytes + batch.sizeBytes <= limitBytes;
  return hasSpace ? undefined : FULL;
}

/** Whether a queue is larger than its limits. */
export function isOverfull({ sizer, queueSize }: QueueConfig, limitBytes: number, used: QueueUsage): boolean {
  return used[sizer] > queueSize || used.bytes > limitBytes;
}

/** A queue whose callers can wait for space. */
export type BlockingQueue = Pick<SendingQueue, 'reserve' | 'whenWritable' | 'onRefused'> & {
  /** Whether a batch that has been rejected waits for space. */
  waits(rejection: Rejection): boolean;
};

/** Implements `SendingQueue.consume`. */
export function consumeWhenWritable(queue: BlockingQueue, batch: Batch): Outcome | Promise<Outcome> {
  const capacity = queue.reserve(batch);
  if (capacity.kind === 'reserved') return capacity.commit();
  if (queue.waits(capacity)) return queue.whenWritable().then(() => consumeWhenWritable(queue, batch));
  queue.onRefused(batch, capacity);
  return capacity;
}

/** Implements `SendingQueue.consumeOwned`. */
export function consumeOwnedWhenWritable(queue: BlockingQueue, batch: Batch): Outcome | Promise<Outcome> {
  const capacity = queue.reserve(batch);
  if (capacity.kind === 'reserved') return commitOwned(capacity);
  if (queue.waits(capacity)) return queue.whenWritable().then(() => consumeOwnedWhenWritable(queue, batch));
  queue.onRefused(batch, capacity);
  releaseOwned(batch);
  return capacity;
}

/** The callers that wait for space, and those that wait until a queue is short. */
export class SpaceWaiters {
  readonly #blocked: (() => void)[] = [];
  readonly #aboveHighWaterMark: (() => void)[] = [];

  /** Resolves when the next batch leaves the queue. */
  whenWritable(): Promise<void> {
    return new Promise((resolve) => this.#blocked.push(resolve));
  }

  /** Resolves when `bytes` is at or below `HIGH_WATER_MARK_BYTES`. Returns `undefined` if it is. */
  whenBelowHighWaterMark(bytes: number): Promise<void> | undefined {
    if (bytes <= HIGH_WATER_MARK_BYTES) return undefined;
    return new Promise((resolve) => this.#aboveHighWaterMark.push(resolve));
  }

  /** Resumes callers after a batch has left a queue that now has `bytes`. */
  freed(bytes: number): void {
    for (const resume of this.#blocked.splice(0)) resume();
    if (bytes <= HIGH_WATER_MARK_BYTES) for (const resume of this.#aboveHighWaterMark.splice(0)) resume();
  }
}
