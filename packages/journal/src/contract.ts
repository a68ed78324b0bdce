/**
 * An append-only log of byte records on disk.
 *
 * A position counts all bytes appended so far, frames included. It only grows, also across restarts and after old
 * segments are removed. Records are opaque. Only one process may have a journal open for writing, which the owner of
 * the journal ensures. Any number of readers, also in other threads, may read durable records.
 */
export interface Journal {
  /** Base name of the directory. It identifies the journal wherever its positions are stored. */
  readonly name: string;
  /** Position after the last record that is on disk. Readers may read up to it. */
  readonly durablePosition: number;
  /** Position of the oldest record. */
  readonly firstPosition: number;
  /** Total size of all segments, in bytes. */
  readonly sizeBytes: number;

  /**
   * Appends one record, given in pieces (written with vectored writes, never joined). Resolves with the position after
   * the record once it is durable. Appends that arrive while a sync runs share the next one (group commit). The pieces
   * must not change until then. Rejects with `JournalFullError` at the byte limit, and with the system error as `cause`
   * when the disk fails. A rejected record leaves no bytes behind, and the journal keeps working once there is space.
   */
  append(record: readonly Uint8Array[]): Promise<number>;

  /** Removes whole segments below `position`. Records at or above it stay readable. */
  discardBefore(position: number): Promise<void>;

  /** Throws `JournalRemovedError` when the segment that is appended to is no longer at its path. */
  checkPresent(): void;

  /** Waits for pending appends, then closes. May be called twice. */
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
   * Returns the records from `position` up to `limit` (a durable position): a few megabytes at a time, and at least one
   * record if there is one. The records share one buffer, which belongs to the caller, with `reuseBuffer` only until the next read. Rejects with
   * `JournalCorruptError` when the bytes at `position` are not a record. Reading can continue at its `resumePosition`.
   */
  read(position: number, limit: number): Promise<readonly JournalRecord[]>;
  close(): Promise<void>;
}

/** The options of `openJournal`. */
export interface JournalOptions {
  /** Directory of the journal, created when missing. Its base name is the journal's name. */
  readonly directory: string;
  /** Directory to which damaged files are moved. They are never deleted. Default `damaged` in `directory`. */
  readonly damagedDirectory?: string;
  /** Size at which a segment is closed, in bytes. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Maximum size of the journal, in bytes. An append beyond it is rejected. Default 4 GiB. */
  readonly maxBytes?: number;
}
