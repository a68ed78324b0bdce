import { type Batch, type BatchContext, type Outcome, SIGNALS } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import { BatchBuilder, type MergedBatch, type Splittable } from '../batching/batch-builder.ts';
import type { QueueBatchConfig } from './config.ts';
import type { QueuedBatch } from './queue.ts';

/** A batch of the queue whose pieces are in merged batches. */
export interface PendingEntry extends Splittable {
  readonly entry: QueuedBatch;
  /** The outcome of a piece that was not accepted. */
  outcome?: Outcome;
  /** Number of items in pieces that the destination has accepted. */
  acceptedItems: number;
  interrupted: boolean;
  /** Whether no attempt to send a piece uses its bytes any more. */
  isUnused: boolean;
}

/** A batch to send, with the batches of the queue that it contains. */
export type QueueBatch = MergedBatch<PendingEntry>;

/** A builder and the timer that runs while it has batches. */
interface Partition {
  readonly builder: BatchBuilder<PendingEntry>;
  cancel: (() => void) | undefined;
}

/** Merges the batches of a queue by tenant and metadata, and splits large ones. */
export class Batcher {
  /** Called with the batches whose time is over. */
  onTimeout: (batches: readonly QueueBatch[]) => void = () => {};
  readonly #config: QueueBatchConfig;
  readonly #clock: Clock;
  readonly #partitions = new Map<string, Partition>();

  constructor(config: QueueBatchConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Adds a batch and returns those that are large enough to be sent. */
  add(entry: QueuedBatch): readonly QueueBatch[] {
    const { batch } = entry;
    const pending: PendingEntry = { entry, pieces: 0, acceptedItems: 0, interrupted: false, isUnused: true };
    // Requests of some signals, such as profiles, cannot be concatenated.
    if (!SIGNALS[batch.signal].mergeable)
      return [{ batch, pendingBatches: [{ ...pending, pieces: 1 }], pieceItems: [batch.itemCount] }];
    const key = this.#keyOf(batch.context);
    const partition = this.#partitions.get(key) ?? this.#createPartition(key, batch);
    const { builder } = partition;
    builder.add(batch, pending);
    const { minSize, maxSize, sizer } = this.#config;
    const size = builder[sizer];
    if (size < minSize) return [];
    const ready =
      maxSize > 0 && size > maxSize ? builder.takeSplit(maxSize, Math.max(1, minSize), sizer) : builder.takeAll();
    if (builder.items === 0 && builder.bytes === 0) this.#remove(key, partition);
    return ready;
  }

  /** Removes and returns all batches. */
  flush(): readonly QueueBatch[] {
    return [...this.#partitions].flatMap(([key, partition]) => this.#flush(key, partition));
  }

  #createPartition(key: string, batch: Batch): Partition {
    const builder = new BatchBuilder<PendingEntry>(batch.signal, this.#mergedContext(batch.context));
    const partition: Partition = {
      builder,
      cancel: this.#clock.setTimeout(() => {
        partition.cancel = undefined;
        this.onTimeout(this.#flush(key, partition));
      }, this.#config.flushTimeout),
    };
    this.#partitions.set(key, partition);
    return partition;
  }

  #flush(key: string, partition: Partition): readonly QueueBatch[] {
    this.#remove(key, partition);
    const { maxSize, sizer } = this.#config;
    const { builder } = partition;
    return maxSize > 0 && builder[sizer] > maxSize ? builder.takeSplit(maxSize, 1, sizer) : builder.takeAll();
  }

  #remove(key: string, partition: Partition): void {
    partition.cancel?.();
    this.#partitions.delete(key);
  }

  #keyOf({ tenant, metadata }: BatchContext): string {
    const { metadataKeys } = this.#config.partition;
    if (metadataKeys.length === 0) return tenant;
    return JSON.stringify([tenant, ...metadataKeys.map((name) => metadata[name] ?? null)]);
  }

  /** Removes the metadata that merged batches do not have in common. */
  #mergedContext(context: BatchContext): BatchContext {
    const kept = this.#config.partition.metadataKeys.flatMap((name) => {
      const values = context.metadata[name];
      return values === undefined ? [] : [[name, values] as const];
    });
    return { ...context, metadata: Object.fromEntries(kept) };
  }
}
