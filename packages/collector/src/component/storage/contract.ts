import type { InMemory, JournalQueue, QueueDamage, QueueSize, StateFile } from '@otelier/journal';
import type { Batch, Signal } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { ComponentKind } from '../contract.ts';

export type { QueueDamage, QueueSize, StateFile };

/** The component that owns a queue or a state file. */
export interface StorageOwner {
  readonly kind: ComponentKind;
  /** ID in the configuration, such as `otlp_grpc/backup`. */
  readonly id: string;
}

/** What an extension offers that stores queues and state on disk. Components name it in their field `storage`. */
export interface StorageExtension {
  /**
   * Opens the queue of a component and signal. If it is open already, as during a reload, both users share it. Rejects
   * if its files belong to a newer version or cannot be opened.
   */
  openQueue(owner: StorageOwner, signal: Signal, options?: DurableQueueOptions): Promise<DurableQueue>;
  /**
   * Opens a queue of byte records of a component, such as decisions about telemetry in its other queue. Rejects if it is
   * open already.
   */
  openRecords(owner: StorageOwner, name: string): Promise<JournalQueue<InMemory>>;
  /** Opens a small value of a component, such as the position of a receiver in a file. `name` tells several apart. */
  openState(owner: StorageOwner, name?: string): Promise<StateFile>;
}

/** The options of a queue. */
export interface DurableQueueOptions {
  /** Whether opening rejects if the queue is open already. */
  readonly isExclusive?: boolean;
  /** Names of the request metadata to keep, in lower case. All other metadata is not written. */
  readonly metadataKeys?: readonly string[];
  /** Called for damage, while opening as well. */
  readonly onDamage?: (damage: QueueDamage) => void;
  /** Called when reading fails for another reason. It is tried again. */
  readonly onReadError?: (error: unknown) => void;
}

/** A durable FIFO queue of batches, which delivers every batch at least once. */
export interface DurableQueue {
  /** Batches that are durable and not acknowledged, those taken included. */
  readonly size: QueueSize;
  /** Size of the files, in bytes. */
  readonly fileBytes: number;
  /** Size of batches that the limit of the files allows, in bytes. */
  readonly limitBytes: number;
  /**
   * Appends a batch. Resolves once it is durable, by fsync if the extension is configured so. Rejects if it is not; then
   * the queue does not contain it. `admission` is for the memory of the batch, and passes to the queue in either case.
   */
  append(batch: Batch, admission: Admission): Promise<void>;
  /**
   * Returns the oldest batch that is not taken. Returns `undefined` if there is none in memory; if more are on disk, they
   * are being read, and `onReadable` follows.
   */
  take(): TakenBatch | undefined;
  /** Called when `take` can return a batch after it returned `undefined`. */
  onReadable: () => void;
  /** Closes the queue. Batches that are not acknowledged stay in it. */
  close(): Promise<void>;
}

/** A batch that was taken from a queue. */
export interface TakenBatch {
  readonly batch: Batch;
  /** The memory of the batch, if it was not read from disk. */
  readonly admission: Admission | undefined;
  /** Removes the batch from the queue. Resolves once a kill would not deliver it again. Never rejects. */
  acknowledge(): Promise<void>;
  /** Puts the batch back to its place in the queue. */
  putBack(): void;
}
