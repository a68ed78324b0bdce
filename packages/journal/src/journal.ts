import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Journal, JournalOptions } from './contract.ts';
import { JournalFullError } from './errors.ts';
import { FRAME_HEADER_BYTES, type FramedRecord, frameRecord, MAX_RECORD_BYTES } from './frame.ts';
import { type RecoveredJournal, recoverJournal } from './recovery.ts';
import { SegmentFiles } from './segment-files.ts';

/** A journal as `openJournal` hands it out, with what its owner may want to report. */
export interface OpenedJournal extends Journal {
  /** Bytes of unfinished records that opening removed from the end; they were never acknowledged. */
  readonly recoveredCutBytes: number;
  /** Damaged files that opening has found, with what it did about them, in sentences without their full stops. */
  readonly recoveredDamage: readonly string[];
  /** How often the disk was asked to sync: far below the number of appends where many wait together. */
  readonly syncCount: number;
}

const DEFAULT_SEGMENT_BYTES = 64 << 20;
const DEFAULT_MAX_BYTES = 4 * 1024 ** 3;

/** Opens a journal for appending, or begins one. The caller makes sure that nobody else has it open for that. */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  const directory = resolve(options.directory);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  // Room comes back a segment at a time, so a small journal needs several of them.
  const segmentBytes = Math.min(options.segmentBytes ?? DEFAULT_SEGMENT_BYTES, Math.ceil(maxBytes / 4));
  await mkdir(directory, { recursive: true });
  const recovered = await recoverJournal(directory, options.damagedDirectory ?? join(directory, 'damaged'));
  const files = await SegmentFiles.open(directory, segmentBytes, recovered);
  return new FileJournal(basename(directory), maxBytes, files, recovered);
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
  readonly #maxBytes: number;
  readonly #files: SegmentFiles;
  #pending: PendingAppend[] = [];
  /** Bytes accepted and not yet settled, those being written included. */
  #unsettledBytes = 0;
  #commitScheduled = false;
  /** Everything that touches files runs one after the other along this chain, which never rejects. */
  #work: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(name: string, maxBytes: number, files: SegmentFiles, recovered: RecoveredJournal) {
    this.name = name;
    this.recoveredCutBytes = recovered.cutBytes;
    this.recoveredDamage = recovered.damage;
    this.#maxBytes = maxBytes;
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

  append(record: readonly Uint8Array[]): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(new Error(`journal ${this.name}: append after close`));
    let payloadBytes = 0;
    for (const piece of record) payloadBytes += piece.length;
    if (payloadBytes > MAX_RECORD_BYTES) {
      return Promise.reject(
        new RangeError(
          `journal ${this.name}: a record may have ${MAX_RECORD_BYTES} bytes, this one has ${payloadBytes}`,
        ),
      );
    }
    const frameBytes = FRAME_HEADER_BYTES + payloadBytes;
    const heldBytes = this.sizeBytes + this.#unsettledBytes;
    if (heldBytes + frameBytes > this.#maxBytes) {
      return Promise.reject(
        new JournalFullError(
          `journal ${this.name}: full, it holds ${heldBytes} of ${this.#maxBytes} bytes and ${frameBytes} more were to come`,
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
    // One turn of the event loop lets everything that arrived together go out together.
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
      const error = new Error(`journal ${this.name}: cannot append: ${messageOf(cause)}`, { cause });
      for (const append of group) append.reject(error);
    } finally {
      for (const append of group) this.#unsettledBytes -= append.frameBytes;
      this.#commitScheduled = false;
      if (this.#pending.length > 0) this.#scheduleCommit();
    }
  }

  /** The waiting appends that fit the segment, at least one. */
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

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
