import type { JournalQueue, QueueDamage, QueueSize, TakenRecord } from '@otelier/journal';
import type { Batch } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import { errorMessage } from '../error-message.ts';
import { decodeBatch, encodeBatch, storedContext } from './batch-record.ts';
import type { DurableQueue, TakenBatch } from './contract.ts';

/** A batch that a queue keeps in memory. */
export interface BatchInMemory {
  readonly batch: Batch;
  readonly admission: Admission;
  release(): void;
}

/** The directory that a queue of batches belongs to. */
export interface BatchQueueDirectory {
  onDamage(damage: QueueDamage): void;
  /** Throws if another process has opened the directory. */
  checkOwned(): void;
  /** Called when the user of the queue has closed it. */
  close(): Promise<void>;
}

/** A queue of batches on top of a queue of records. */
export class BatchQueue implements DurableQueue {
  onReadable: () => void = () => {};
  readonly #records: JournalQueue<BatchInMemory>;
  readonly #metadataKeys: readonly string[];
  readonly #directory: BatchQueueDirectory;

  constructor(records: JournalQueue<BatchInMemory>, metadataKeys: readonly string[], directory: BatchQueueDirectory) {
    this.#records = records;
    this.#metadataKeys = metadataKeys;
    this.#directory = directory;
  }

  get size(): QueueSize {
    return this.#records.size;
  }

  get fileBytes(): number {
    return this.#records.fileBytes;
  }

  get limitBytes(): number {
    // Space is freed a segment at a time.
    return this.#records.maxBytes * 0.75;
  }

  async append(batch: Batch, admission: Admission): Promise<void> {
    try {
      this.#directory.checkOwned();
    } catch (error) {
      admission.release();
      throw error;
    }
    // The same context in memory and on disk, so that components behind the queue do not depend on which it is.
    const stored = { ...batch, context: storedContext(batch.context, this.#metadataKeys) };
    const counts = { items: batch.itemCount, bytes: batch.sizeBytes };
    const release = () => admission.release();
    await this.#records.append(
      encodeBatch(stored),
      counts,
      { batch: stored, admission, release },
      batch.context.tenant,
    );
  }

  take(): TakenBatch | undefined {
    for (let taken = this.#records.take(); taken !== undefined; taken = this.#records.take()) {
      const batch = this.#batchOf(taken);
      if (batch !== undefined) return batch;
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.#directory.close();
  }

  #batchOf(taken: TakenRecord<BatchInMemory>): TakenBatch | undefined {
    const { content, items, bytes } = taken;
    const end = { acknowledge: () => this.#records.acknowledge(taken), putBack: () => this.#records.putBack(taken) };
    if (content.kind === 'memory') return { ...end, batch: content.value.batch, admission: content.value.admission };
    try {
      return { ...end, batch: decodeBatch(content.bytes), admission: undefined };
    } catch (error) {
      const message = `${this.#records.directory}: the record at position ${taken.position}: ${errorMessage(error)}`;
      this.#directory.onDamage({ message, lost: { records: 1, items, bytes } });
      void end.acknowledge();
      return undefined;
    }
  }
}
