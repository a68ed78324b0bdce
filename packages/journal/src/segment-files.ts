import { randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import { stat, unlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DurableMark } from './durable-mark.ts';
import { JournalRemovedError } from './errors.ts';
import { FRAME_HEADER_BYTES, type FramedRecord, frameHeader } from './frame.ts';
import type { RecoveredJournal } from './recovery.ts';
import { SEGMENT_HEADER_BYTES, type Segment, segmentHeader, segmentPath, syncDirectory } from './segment.ts';
import { type SegmentWriter, SegmentWriters } from './segment-writer.ts';
import { setAside } from './set-aside.ts';

interface ActiveSegment extends Segment {
  readonly writer: SegmentWriter;
}

/** Options for `SegmentFiles.open`. */
export interface SegmentFileOptions {
  readonly segmentBytes: number;
  readonly damagedDirectory: string;
  /** `JournalOptions.direct`. */
  readonly direct: boolean;
}

/**
 * The segment files of a journal that is open for writing. Calls must not overlap. Every method either takes effect
 * completely and durably, or throws and leaves the position unchanged.
 */
export class SegmentFiles {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #writers: SegmentWriters;
  /** The number at the start of each frame. */
  readonly #marker: number;
  readonly #mark: DurableMark;
  /** Closed segments, oldest first. */
  #closed: (Segment & { readonly sizeBytes: number })[] = [];
  #active: ActiveSegment;
  #endPosition: number;
  /** Whether the segment accepts no more records, because bytes after its end could not be removed or a sync failed. */
  #retired = false;
  #syncCount = 0;
  /** Whether `append` waits for fsync. */
  sync = true;
  readonly #damagedDirectory: string;
  /** Segments with damaged records. */
  readonly #damaged = new Set<string>();

  static async open(
    directory: string,
    { segmentBytes, damagedDirectory, direct }: SegmentFileOptions,
    recovered: RecoveredJournal,
  ): Promise<SegmentFiles> {
    const { endPosition, isAppendable, mark } = recovered;
    const writers = new SegmentWriters(direct);
    const marker = recovered.marker ?? randomInt(2 ** 32);
    const last = isAppendable ? recovered.segments.at(-1) : undefined;
    const closed: (Segment & { readonly sizeBytes: number })[] = [];
    for (const segment of recovered.segments) {
      if (segment === last) continue;
      // Only the name of a segment without records matters, and the next segment needs it.
      if (segment.base === endPosition) await unlink(segment.path);
      else closed.push({ ...segment, sizeBytes: (await stat(segment.path)).size });
    }
    const active =
      last === undefined
        ? await createSegment(writers, directory, endPosition, marker)
        : { ...last, writer: await writers.open(last.path, SEGMENT_HEADER_BYTES + endPosition - last.base) };
    const common = { directory, damagedDirectory, segmentBytes, writers, marker, mark };
    const files = new SegmentFiles({ ...common, active, endPosition });
    files.#closed = closed;
    return files;
  }

  private constructor(parts: {
    readonly directory: string;
    readonly damagedDirectory: string;
    readonly segmentBytes: number;
    readonly writers: SegmentWriters;
    readonly marker: number;
    readonly mark: DurableMark;
    readonly active: ActiveSegment;
    readonly endPosition: number;
  }) {
    this.#directory = parts.directory;
    this.#damagedDirectory = parts.damagedDirectory;
    this.#segmentBytes = parts.segmentBytes;
    this.#writers = parts.writers;
    this.#marker = parts.marker;
    this.#mark = parts.mark;
    this.#active = parts.active;
    this.#endPosition = parts.endPosition;
  }

  /** Position after the last durable record. */
  get endPosition(): number {
    return this.#endPosition;
  }

  get firstPosition(): number {
    return this.#closed[0]?.base ?? this.#active.base;
  }

  get sizeBytes(): number {
    let bytes = this.#activeBytes;
    for (const segment of this.#closed) bytes += segment.sizeBytes;
    return bytes;
  }

  get syncCount(): number {
    return this.#syncCount;
  }

  /** Number of bytes that can still be written before the segment is closed. */
  get segmentFreeBytes(): number {
    return this.#isFull ? this.#segmentBytes : this.#segmentBytes - this.#activeBytes;
  }

  /** Writes and syncs records. Returns the position of the first one. */
  async append(records: readonly FramedRecord[]): Promise<number> {
    if (this.#isFull) await this.#roll();
    const start = this.#endPosition;
    const offset = this.#activeBytes;
    const frames = this.#framesOf(records, start);
    let written: number;
    try {
      written = await this.#active.writer.write(frames, offset);
    } catch (error) {
      if (this.#active.writer.syncsWrites && !isOutOfSpace(error)) this.#retired = true;
      await this.#undo(offset);
      throw error;
    }
    try {
      if (this.sync) {
        this.#syncCount += 1;
        await this.#active.writer.sync();
      }
      // The operating system silently syncs a removed file.
      this.checkPresent();
    } catch (error) {
      // After a failed sync, the state of the disk is unknown, and a second sync may succeed without writing anything.
      this.#retired = true;
      await this.#undo(offset);
      throw error;
    }
    this.#endPosition = start + written;
    this.#mark.advance(this.#endPosition, this.#marker);
    return start;
  }

  /** Throws `JournalRemovedError` if the active segment is no longer at its path. */
  checkPresent(): void {
    const { path } = this.#active;
    if (!isPresent(this.#active)) throw new JournalRemovedError(`${path} was removed or replaced while it was open`);
  }

  /** Moves a segment to the directory of damaged files, instead of removing it, once its records are discarded. */
  keepDamaged(path: string): void {
    this.#damaged.add(path);
  }

  #framesOf(records: readonly FramedRecord[], start: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let position = start;
    for (const record of records) {
      frames.push(frameHeader(record, this.#marker, position), ...record.pieces);
      position += FRAME_HEADER_BYTES + record.payloadBytes;
    }
    return frames;
  }

  async discardBefore(position: number): Promise<void> {
    // Older segments first: on a full disk, the next one needs their space.
    await this.#removeClosed(position);
    if (position < this.#endPosition || this.#endPosition === this.#active.base) return;
    await this.#roll();
    await this.#removeClosed(position);
  }

  async #removeClosed(position: number): Promise<void> {
    let removed = false;
    for (let oldest = this.#closed[0]; oldest !== undefined; oldest = this.#closed[0]) {
      const end = this.#closed[1]?.base ?? this.#active.base;
      if (end > position) break;
      if (this.#damaged.delete(oldest.path)) {
        setAside(oldest.path, this.#damagedDirectory, `${basename(this.#directory)}-${basename(oldest.path)}`);
      } else {
        await unlink(oldest.path);
      }
      this.#closed.shift();
      removed = true;
    }
    if (removed) await syncDirectory(this.#directory);
  }

  async close(): Promise<void> {
    await this.#active.writer.close(this.#activeBytes);
    await this.#mark.close();
  }

  get #activeBytes(): number {
    return SEGMENT_HEADER_BYTES + this.#endPosition - this.#active.base;
  }

  get #isFull(): boolean {
    return (this.#retired || this.#activeBytes >= this.#segmentBytes) && this.#endPosition > this.#active.base;
  }

  async #roll(): Promise<void> {
    const next = await createSegment(this.#writers, this.#directory, this.#endPosition, this.#marker);
    const { path, base, writer } = this.#active;
    const sizeBytes = this.#activeBytes;
    this.#closed.push({ path, base, sizeBytes });
    this.#active = next;
    this.#retired = false;
    await writer.close(sizeBytes);
  }

  /** Removes the bytes written after `offset`. If that also fails, closes the segment at `offset`. */
  async #undo(offset: number): Promise<void> {
    try {
      await this.#active.writer.truncate(offset);
    } catch {
      this.#retired = true;
    }
  }
}

function isOutOfSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Synchronous, because it follows every sync, and going through the thread pool takes ten times the CPU time. */
function isPresent({ path, writer }: ActiveSegment): boolean {
  try {
    return statSync(path).ino === writer.inode;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

async function createSegment(
  writers: SegmentWriters,
  directory: string,
  base: number,
  marker: number,
): Promise<ActiveSegment> {
  const path = segmentPath(directory, base);
  const writer = await writers.create(path);
  try {
    await writer.write([segmentHeader(base, marker)], 0);
    // The header preserves the position even if earlier segments are removed before it contains records.
    await writer.sync();
    await syncDirectory(directory);
  } catch (error) {
    await writer.close(0);
    await unlink(path);
    throw error;
  }
  return { path, base, writer };
}
