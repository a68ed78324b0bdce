/**
 * An append-only log of byte records on disk.
 *
 * A position counts the bytes ever appended (frames included), so it only grows, also over restarts and after old
 * segments are gone. Records are opaque. One process has a journal open for writing (its owner takes care of that);
 * any number of readers, also in other threads, may read what is durable.
 */
export interface Journal {
  /** The folder's base name, which names the journal wherever its positions are kept. */
  readonly name: string;
  /** The position behind the last record that is on disk: what a reader may read up to. */
  readonly durablePosition: number;
  /** Position of the oldest record still there. */
  readonly firstPosition: number;
  /** Bytes held in all segments. */
  readonly sizeBytes: number;

  /**
   * Appends one record, given in pieces (written with vectored writes, never joined). Resolves with the position
   * behind it once it is durable; appends that arrive while a sync runs share the next one (group commit). The pieces
   * must not change until then. Rejects with `JournalFullError` at the byte bound and with the system's error (`cause`)
   * where the disk refuses; then nothing of the record counts, and the journal keeps working once there is room.
   */
  append(record: readonly Uint8Array[]): Promise<number>;

  /** Removes whole segments that lie below `position`. What is at or above it stays readable. */
  discardBefore(position: number): Promise<void>;

  /** Waits for pending appends, then closes. Safe twice. */
  close(): Promise<void>;
}

/** A record and the position behind it: the place to resume from after the record is dealt with. */
export interface JournalRecord {
  readonly bytes: Uint8Array;
  readonly endPosition: number;
}

/** Reads a journal, in any thread or process. */
export interface JournalReader {
  /**
   * The records from `position` up to `limit` (a durable position), a few megabytes at a time and at least one record
   * when there is one. The bytes of the records lie in one fresh buffer and belong to the caller. Rejects with
   * `JournalCorruptError` where the bytes at `position` are no record; reading goes on at its `resumePosition`.
   */
  read(position: number, limit: number): Promise<readonly JournalRecord[]>;
  close(): Promise<void>;
}

/** What a journal is opened with. */
export interface JournalOptions {
  /** The folder; made when missing. Its base name is the journal's name. */
  readonly directory: string;
  /** Where damaged files are moved, which are never deleted. Default `damaged` in `directory`. */
  readonly damagedDirectory?: string;
  /** A segment is closed when it exceeds this many bytes. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Most bytes the journal may hold; an append beyond it is refused. Default 4 GiB. */
  readonly maxBytes?: number;
}
