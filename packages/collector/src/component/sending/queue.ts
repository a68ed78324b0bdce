import type { Batch, Outcome } from '@otelier/otlp';
import type { Rejection } from '../admissions.ts';
import type { Reservation } from '../contract.ts';

/** The size of a queue, including batches in flight. */
export interface QueueState {
  readonly sizeBytes: number;
  readonly limitBytes: number;
  readonly requests: number;
  readonly items: number;
}

/** The state of a queue and its exporter. */
export interface ExporterState extends QueueState {
  /** Number of items that the destination has accepted since the start. */
  readonly deliveredItems: number;
}

/** A bounded FIFO queue of batches, in memory or on disk. Batches in flight count, because they still take its space. */
export interface SendingQueue {
  state(): QueueState;
  /** Reserves space for a batch. */
  reserve(batch: Batch): Reservation | Rejection;
  /** Reserves space, waits for it if the queue blocks, and appends the batch. */
  consume(batch: Batch): Outcome | Promise<Outcome>;
  /** Like `consume`, for an owner of the batch. */
  consumeOwned(batch: Batch): Outcome | Promise<Outcome>;
  /** Resolves when the next batch leaves the queue. */
  whenWritable(): Promise<void>;
  /** Resolves when the queue is at or below its high-water mark. Returns `undefined` if it is. */
  whenBelowHighWaterMark(): Promise<void> | undefined;
  /** Takes the oldest batch that is not taken. If there is none in memory, `onReadable` follows the next one. */
  take(): QueuedBatch | undefined;
  /** Called when `take` can return a batch. */
  onReadable: () => void;
  /** Called for each batch for which there is no space. */
  onFull: () => void;
  /** Called for each batch that the queue rejects, while its bytes are valid. */
  onRefused: (batch: Batch, rejection: Rejection) => void;
  /** Called with the number of items of a batch that enters the queue, negative if it could not be stored. */
  onQueued: (itemCount: number) => void;
  /** Called for each batch that is dropped. */
  onDropped: (batch: Batch, cause: DropCause) => void;
}

/** Why a queue drops a batch: it is full, or the tenant of the batch was removed. */
export type DropCause = 'overflow' | 'tenant_removed';

/** A batch that was taken from a queue and must be settled. */
export interface QueuedBatch {
  readonly batch: Batch;
  /**
   * Removes the batch from the queue, and returns the outcome to a client that waits for it. With `interrupted`, the
   * batch was not delivered because the exporter stops: a durable queue keeps it. With `isUnused`, the memory of a batch
   * that the queue owns can be used again.
   */
  settle(outcome: Outcome, interrupted: boolean, isUnused: boolean): void | Promise<void>;
}
