import type { OpenedJournal } from '../journal.ts';
import type { Cursor } from './cursor.ts';
import type { CursorFile } from './cursor-file.ts';

/** Delivered bytes of an otherwise empty journal after which its last segment is removed as well. */
const REMOVE_LAST_BYTES = 8 << 20;

/**
 * Writes a cursor after acknowledgments, all that arrived during one write with the next, and removes segments whose
 * records are all acknowledged.
 */
export class CursorWriter {
  readonly #journal: OpenedJournal;
  readonly #file: CursorFile;
  readonly #cursor: Cursor;
  #writing: Promise<void> | undefined;
  /** The write after the current one. */
  #next: Promise<void> | undefined;
  #discarding: Promise<void> | undefined;
  /** Position up to which segments were removed, or could not be. */
  #discarded = 0;
  #isClosed = false;
  /** Whether an append failed, so that delivered records are removed as soon as possible. */
  #needsSpace = false;

  constructor(journal: OpenedJournal, file: CursorFile, cursor: Cursor) {
    this.#journal = journal;
    this.#file = file;
    this.#cursor = cursor;
  }

  /** Resolves when the current state of the cursor is written, or could not be. */
  write(): Promise<void> {
    if (this.#writing === undefined) return this.#begin();
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** Removes delivered records as soon as possible, because there is no space for new ones. */
  freeSpace(): void {
    this.#needsSpace = true;
    this.#discarded = 0;
    this.#discard();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#next;
    await this.#writing;
    await this.#discarding;
    await this.#journal.close();
    await this.#file.close();
  }

  #begin(): Promise<void> {
    const writing = this.#file
      .write(this.#cursor.state)
      // An older cursor is still valid: its records are delivered again after a restart.
      .catch(() => undefined)
      .then(() => {
        if (this.#writing === writing) this.#writing = undefined;
        this.#discard();
      });
    this.#writing = writing;
    return writing;
  }

  #discard(): void {
    if (this.#isClosed) return;
    const { position } = this.#cursor;
    const { firstPosition, segmentBytes, durablePosition } = this.#journal;
    if (this.#discarding !== undefined || position === this.#discarded) return;
    // Discarding creates and removes files, so it does not follow every acknowledgment.
    const delivered = position - firstPosition;
    const enough = position === durablePosition ? Math.min(REMOVE_LAST_BYTES, segmentBytes) : segmentBytes;
    if (delivered < (this.#needsSpace ? 1 : enough)) return;
    this.#discarded = position;
    this.#needsSpace = false;
    // The cursor is never behind the oldest segment, so that a gap between them means lost records.
    this.#discarding = this.#file
      .sync()
      .then(() => this.#journal.discardBefore(position))
      // On a full disk no new segment can be created. Later acknowledgments try again.
      .catch(() => undefined)
      .finally(() => {
        this.#discarding = undefined;
        this.#discard();
      });
  }
}
