/**
 * An append-only log of byte records on disk.
 *
 * A position is the number of bytes appended so far, including frames. Positions only increase, even across restarts
 * and after old segments are removed. Records are opaque. Only one process may have a journal open for writing, which
 * the journal's owner must ensure. Any number of readers, including in other threads, may read durable records.
 */
export interface Journal {
  /** Base name of the directory. It identifies the journal wherever its positions are stored. */
  readonly name: string;
  /** Position after the last durable record. Readers may read up to it. */
  readonly durablePosition: number;
  /** Position of the oldest record. */
  readonly firstPosition: number;
  /** Total size of all segments, in bytes. */
  readonly sizeBytes: number;

  /**
   * Appends one record, given in pieces (written with vectored writes, never joined). Resolves with the position after
   * the record once it is durable. Appends that arrive during a sync share the next one (group commit). The pieces must
   * not change until then. Rejects with `JournalFullError` at the size limit, and with the system error as `cause` if
   * the disk fails. A rejected record leaves no bytes behind, and the journal continues to work once space is
   * available.
   */
  append(record: readonly Uint8Array[]): Promise<number>;

  /** Removes all segments that lie entirely below `position`. Records at or above it remain readable. */
  discardBefore(position: number): Promise<void>;

  /** Throws `JournalRemovedError` if the active segment is no longer at its path. */
  checkPresent(): void;

  /** Waits for pending appends, then closes the journal. May be called more than once. */
  close(): Promise<void>;
}

/** A record and the position after it, from which reading resumes. */
export interface JournalRecord {
  readonly bytes: Uint8Array;
  readonly endPosition: number;
}

/** Reads a journal, in any thread or process. */
export interface JournalReader {
  /**
   * Returns the records from `position` up to `limit` (a durable position): about a quarter of a megabyte at a time,
   * and at least one record if there is one. The records share one buffer, which belongs to the caller; with
   * `reuseBuffer`, only until the next read. Rejects with `JournalCorruptError` if the bytes at `position` are not a
   * record. Reading can continue at its `resumePosition`.
   */
  read(position: number, limit: number): Promise<readonly JournalRecord[]>;
  close(): Promise<void>;
}

/** Options for `openJournal`. */
export interface JournalOptions {
  /** Directory of the journal, created if missing. Its base name is the journal's name. */
  readonly directory: string;
  /** Directory that damaged files are moved to. They are never deleted. Defaults to `damaged` in `directory`. */
  readonly damagedDirectory?: string;
  /** Size at which a segment is closed, in bytes. Defaults to 64 MiB. */
  readonly segmentBytes?: number;
  /** Maximum size of the journal, in bytes. An append that would exceed it is rejected. Defaults to 4 GiB. */
  readonly maxBytes?: number;
  /**
   * Whether appends wait for fsync. Without it, records are durable once the system has them: they survive the end of
   * the process, but not a power failure. Default true.
   */
  readonly sync?: boolean;
  /**
   * Whether records bypass the system's cache, where the file system can, which takes a fraction of the CPU time. Readers
   * should do so too (`ReaderOptions.direct`), because the records are not in the cache. The newest segment then ends with
   * up to a block of zeros while the journal is open. Default false.
   */
  readonly direct?: boolean;
}
