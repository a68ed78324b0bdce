import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Journal, JournalOptions } from './contract.ts';
import { JournalFullError } from './errors.ts';
import { FRAME_HEADER_BYTES, type FramedRecord, frameRecord, MAX_RECORD_BYTES } from './frame.ts';
import { type RecoveredJournal, recoverJournal } from './recovery.ts';
import { SegmentFiles } from './segment-files.ts';

/** A journal returned by `openJournal`, with the results of recovery and statistics. */
export interface OpenedJournal extends Journal {
  /** Total size of the incomplete, never acknowledged records that were removed from the end on opening, in bytes. */
  readonly recoveredCutBytes: number;
  /** Damaged files found on opening and the action taken for each, as sentences without final periods. */
  readonly recoveredDamage: readonly string[];
  /** Number of syncs, which is far lower than the number of appends if many are pending at the same time. */
  readonly syncCount: number;
  /** Size at which a segment is closed, in bytes. */
  readonly segmentBytes: number;
  /** `JournalOptions.sync`. Applies to the next appends. */
  sync: boolean;
  /** `JournalOptions.maxBytes`. Applies to the next appends. */
  maxBytes: number;
  /** Moves a segment to the directory of damaged files, instead of removing it, once its records are discarded. */
  keepDamaged(path: string): void;
}

const DEFAULT_SEGMENT_BYTES = 64 << 20;
const DEFAULT_MAX_BYTES = 4 * 1024 ** 3;

/** Opens or creates a journal for appending. The caller must ensure that no other code has it open for appending. */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  const directory = resolve(options.directory);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  // Space is freed one segment at a time, so a small journal needs several segments.
  const segmentBytes = Math.min(options.segmentBytes ?? DEFAULT_SEGMENT_BYTES, Math.ceil(maxBytes / 4));
  await mkdir(directory, { recursive: true });
  const damagedDirectory = options.damagedDirectory ?? join(directory, 'damaged');
  const recovered = await recoverJournal(directory, damagedDirectory);
  const direct = options.direct ?? false;
  const files = await SegmentFiles.open(directory, { segmentBytes, damagedDirectory, direct }, recovered);
  files.sync = options.sync ?? true;
  return new FileJournal(basename(directory), { maxBytes, segmentBytes }, files, recovered);
}

interface PendingAppend {
  readonly record: FramedRecord;
  readonly frameBytes: number;
  readonly resolve: (position: number) => void;
  readonly reject: (error: Error) => void;
}

class FileJournal implements OpenedJournal {
  readonly name: string;
  readonly recoveredCutBytes: number;
  readonly recoveredDamage: readonly string[];
  readonly segmentBytes: number;
  maxBytes: number;
  readonly #files: SegmentFiles;
  #pending: PendingAppend[] = [];
  /** Total size of the accepted records that have not settled, including those being written, in bytes. */
  #unsettledBytes = 0;
  #commitScheduled = false;
  /** Serializes all file operations. Never rejects. */
  #work: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    name: string,
    { maxBytes, segmentBytes }: { readonly maxBytes: number; readonly segmentBytes: number },
    files: SegmentFiles,
    recovered: RecoveredJournal,
  ) {
    this.name = name;
    this.recoveredCutBytes = recovered.cutBytes;
    this.recoveredDamage = recovered.damage;
    this.maxBytes = maxBytes;
    this.segmentBytes = segmentBytes;
    this.#files = files;
  }

  get durablePosition(): number {
    return this.#files.endPosition;
  }

  get firstPosition(): number {
    return this.#files.firstPosition;
  }

  get sizeBytes(): number {
    return this.#files.sizeBytes;
  }

  get syncCount(): number {
    return this.#files.syncCount;
  }

  get sync(): boolean {
    return this.#files.sync;
  }

  set sync(sync: boolean) {
    this.#files.sync = sync;
  }

  keepDamaged(path: string): void {
    this.#files.keepDamaged(path);
  }

  append(record: readonly Uint8Array[]): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(new Error(`journal ${this.name}: append after close`));
    let payloadBytes = 0;
    for (const piece of record) payloadBytes += piece.length;
    if (payloadBytes > MAX_RECORD_BYTES) {
      return Promise.reject(
        new RangeError(
          `journal ${this.name}: expected a record of at most ${MAX_RECORD_BYTES} bytes, got ${payloadBytes}`,
        ),
      );
    }
    const frameBytes = FRAME_HEADER_BYTES + payloadBytes;
    const heldBytes = this.sizeBytes + this.#unsettledBytes;
    if (heldBytes + frameBytes > this.maxBytes) {
      return Promise.reject(
        new JournalFullError(
          `journal ${this.name}: full: ${heldBytes} of ${this.maxBytes} bytes used, the record needs ${frameBytes}`,
        ),
      );
    }
    this.#unsettledBytes += frameBytes;
    const framed = frameRecord(record, payloadBytes);
    return new Promise((resolve, reject) => {
      this.#pending.push({ record: framed, frameBytes, resolve, reject });
      this.#scheduleCommit();
    });
  }

  discardBefore(position: number): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(new Error(`journal ${this.name}: discard after close`));
    const done = this.#work.then(() => this.#files.discardBefore(position));
    this.#work = done.catch(() => undefined);
    return done;
  }

  checkPresent(): void {
    if (this.#closing === undefined) this.#files.checkPresent();
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    while (this.#commitScheduled || this.#pending.length > 0) await this.#work;
    await this.#work;
    await this.#files.close();
  }

  #scheduleCommit(): void {
    if (this.#commitScheduled) return;
    this.#commitScheduled = true;
    // Waiting for one event loop turn lets all records that arrived together be written together.
    this.#work = this.#work.then(() => nextTurn()).then(() => this.#commit());
  }

  async #commit(): Promise<void> {
    const group = this.#takeGroup();
    try {
      const start = await this.#files.append(group.map((append) => append.record));
      let position = start;
      for (const append of group) {
        position += append.frameBytes;
        append.resolve(position);
      }
    } catch (cause) {
      const error = new Error(`journal ${this.name}: cannot append: ${errorMessage(cause)}`, { cause });
      for (const append of group) append.reject(error);
    } finally {
      for (const append of group) this.#unsettledBytes -= append.frameBytes;
      this.#commitScheduled = false;
      if (this.#pending.length > 0) this.#scheduleCommit();
    }
  }

  /** Removes and returns the pending appends that fit into the segment, at least one. */
  #takeGroup(): PendingAppend[] {
    const capacityBytes = this.#files.segmentFreeBytes;
    let bytes = 0;
    let count = 0;
    for (const append of this.#pending) {
      if (count > 0 && bytes >= capacityBytes) break;
      bytes += append.frameBytes;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function errorMessage(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
