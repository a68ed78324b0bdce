/** The number of some records, and the sums of the counts that their owner gave. */
export interface QueueSize {
  readonly records: number;
  readonly items: number;
  readonly bytes: number;
}

/** The counts of one record. The queue only sums them. */
export interface RecordCounts {
  readonly items: number;
  readonly bytes: number;
}

/** The decoded form of a record, which the queue keeps in memory while its consumer keeps up. */
export interface InMemory {
  /** Called when the queue drops the decoded form: the record will be read from disk. */
  release(): void;
}

/** A record that a consumer has taken and must acknowledge. */
export interface TakenRecord<T extends InMemory> extends RecordCounts {
  readonly position: number;
  readonly endPosition: number;
  /** The sums over all records before it, since the queue was created. */
  readonly before: QueueSize;
  /** The decoded form, which now belongs to the consumer, or the bytes of the record. */
  readonly content:
    | { readonly kind: 'memory'; readonly value: T }
    | { readonly kind: 'disk'; readonly bytes: Uint8Array };
}

/** Records that cannot be read because the disk or another program changed them. */
export interface QueueDamage {
  /** Description of the damage, with its position and its file. */
  readonly message: string;
  /** What is lost, as far as known. Zero when a file was repaired. */
  readonly lost: QueueSize;
}

/**
 * A durable FIFO queue of byte records on top of a journal. A record is delivered at least once: after the end of the
 * process, records that were not acknowledged are taken again.
 */
export interface JournalQueue<T extends InMemory> {
  readonly directory: string;
  /** The records that are durable and not acknowledged. */
  readonly size: QueueSize;
  /** Size of all files, delivered records included, in bytes. */
  readonly fileBytes: number;
  /** Whether an append waits for fsync. Can be changed while the queue is open. */
  sync: boolean;
  /** Maximum size of the files. Can be changed while the queue is open. */
  maxBytes: number;

  /**
   * Appends one record, given in pieces. Resolves once it is durable. Rejects like `Journal.append`; then the record was
   * not appended, and `value` is released. `owner` is the tenant whose key encrypts the record.
   */
  append(record: readonly Uint8Array[], counts: RecordCounts, value: T, owner?: string): Promise<void>;

  /**
   * Returns the oldest record that is not taken. Returns `undefined` if there is none in memory; if there are more on
   * disk, they are being read, and `onReadable` follows.
   */
  take(): TakenRecord<T> | undefined;

  /** Called when `take` can return a record after it returned `undefined`. */
  onReadable: () => void;

  /**
   * Removes a taken record. Resolves when that is written, so that a kill afterwards does not deliver the record again.
   * Never rejects: if the disk fails, the record is delivered again after a restart.
   */
  acknowledge(taken: TakenRecord<T>): Promise<void>;

  /** Puts a taken record back to its place in the queue, so that it is taken again. */
  putBack(taken: TakenRecord<T>): void;

  /** Closes the files. Taken records that were not acknowledged are delivered after the next start. */
  close(): Promise<void>;
}

/** Encrypts the records of a queue. */
export interface RecordCipher {
  /** Creates the key of an owner, such as a tenant, if it has none. Returns `undefined` if it has one. */
  prepare(owner: string): Promise<void> | undefined;
  /** Encrypts a record, which is given in pieces. */
  encrypt(record: readonly Uint8Array[], owner: string): readonly Uint8Array[];
  /** Decrypts records in the order in which they were written. Throws if one was changed or its key is missing. */
  decrypt(record: Uint8Array): Uint8Array;
}

/** The options of `openJournalQueue`. */
export interface JournalQueueOptions {
  /** Directory of the queue, created when missing. The caller ensures that no other code has it open. */
  readonly directory: string;
  /** Whether an append waits for fsync. Without it, records survive a kill, but not a power failure. Default true. */
  readonly sync?: boolean;
  /** Maximum size of the files, in bytes. Default: no limit. */
  readonly maxBytes?: number;
  /** Size at which a segment is closed, in bytes. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Maximum size of records in memory that are not taken, in bytes. Default 16 MiB. */
  readonly memoryBytes?: number;
  /** Called for damage, while opening as well. */
  readonly onDamage?: (damage: QueueDamage) => void;
  /** Called when reading fails for another reason. It is tried again. */
  readonly onReadError?: (error: unknown) => void;
  /** Encrypts and decrypts records. Default: they are not encrypted. */
  readonly cipher?: RecordCipher | undefined;
  /** Called when the queue is being closed. */
  readonly onClose?: () => void;
}
