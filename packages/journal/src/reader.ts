import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { JournalReader, JournalRecord } from './contract.ts';
import { DirectReads } from './direct-reads.ts';
import { JournalCorruptError } from './errors.ts';
import { type FrameError, scanFrames } from './frame.ts';
import { findNextFrame, offsetOf } from './resync.ts';
import { listSegments, type ReadableSegment, readFully, readHeader, type Segment } from './segment.ts';

/** Approximate number of bytes to read from the file at once. */
const READ_BYTES = 4 << 20;
/**
 * Approximate number of bytes that one `read` returns. They are checked when they are returned: the checksum brings them
 * into the processor's cache just before the caller uses them.
 */
const RETURNED_BYTES = 256 << 10;

/** Opens a journal's directory for reading. Another thread or process may append to the journal at the same time. */
export async function openJournalReader(directory: string, options: ReaderOptions = {}): Promise<JournalReader> {
  return new SegmentReader(directory, await listSegments(directory), options);
}

/** Options for `openJournalReader`. */
export interface ReaderOptions {
  /** Whether records are valid only until the next `read`, which then does not allocate. */
  readonly reuseBuffer?: boolean;
  /**
   * Whether reading blocks the thread. Records that were just written are in the system's cache; passing them through the
   * thread pool takes a third more CPU time.
   */
  readonly blocks?: boolean;
  /**
   * Whether to bypass the system's cache, where the file system can, for a journal that does so (`JournalOptions.direct`).
   * Requires `reuseBuffer`, and blocks the thread.
   */
  readonly direct?: boolean;
  /**
   * Position from which checksums are not checked. Records that the process itself has appended are still in the system's
   * cache, as it wrote them; checking them would take a tenth of the time that storing them takes.
   */
  readonly trustedFrom?: number;
}

/** A segment and its end (the base of the next segment), if known. */
interface Located {
  readonly segment: Segment;
  readonly end: number | undefined;
}

interface OpenedSegment {
  readonly segment: ReadableSegment;
  readonly file: FileHandle;
}

interface Rest {
  readonly bytes: Buffer;
  readonly position: number;
  readonly segment: ReadableSegment;
}

class SegmentReader implements JournalReader {
  readonly #directory: string;
  #segments: readonly Segment[];
  #opened: OpenedSegment | undefined;
  readonly #reuseBuffer: boolean;
  readonly #blocks: boolean;
  readonly #trustedFrom: number;
  readonly #direct: DirectReads | undefined;
  #buffer = Buffer.alloc(0);
  /** Bytes that were read from the file but not returned yet. */
  #rest: Rest | undefined;

  constructor(
    directory: string,
    segments: readonly Segment[],
    { reuseBuffer = false, blocks = false, direct = false, trustedFrom = Number.POSITIVE_INFINITY }: ReaderOptions,
  ) {
    this.#directory = directory;
    this.#segments = segments;
    this.#reuseBuffer = reuseBuffer;
    this.#blocks = blocks;
    this.#trustedFrom = trustedFrom;
    this.#direct = direct ? new DirectReads(READ_BYTES) : undefined;
  }

  async read(position: number, limit: number): Promise<readonly JournalRecord[]> {
    if (position >= limit) return [];
    const rest = this.#rest;
    if (rest?.position === position && position + rest.bytes.length <= limit) {
      const records = this.#scan(rest).records;
      if (records.length > 0) return records;
    }
    this.#rest = undefined;
    const located = await this.#locate(position);
    const { segment, file } = await this.#open(located, position);
    const end = Math.min(limit, located.end ?? limit);
    const available = end - position;
    let bytesToRead = Math.min(READ_BYTES, available);
    for (;;) {
      const bytes = await this.#readBytes(segment, file, position, bytesToRead);
      const { records, frameError } = this.#scan({ bytes, position, segment });
      if (records.length > 0) return records;
      const needed = frameError?.kind === 'short' ? frameError.neededBytes : undefined;
      if (needed === undefined || needed > available || bytes.length < bytesToRead) {
        const resumePosition = (await findNextFrame(file, segment, position, end)) ?? located.end;
        throw corrupt(segment.path, position, resumePosition, FRAME_ERRORS[frameError?.kind ?? 'short']);
      }
      bytesToRead = needed;
    }
  }

  /** Returns up to `size` bytes from a position on, fewer at the end of the file. */
  async #readBytes(segment: ReadableSegment, file: FileHandle, position: number, size: number): Promise<Buffer> {
    const offset = offsetOf(segment, position);
    const direct = this.#direct?.read(segment.path, offset, size);
    if (direct !== undefined) return direct;
    const buffer = this.#allocate(size);
    const filled = this.#blocks ? readAtOnce(file, buffer, offset) : await readFully(file, buffer, offset);
    return buffer.subarray(0, filled);
  }

  /** Returns the first records of bytes, and keeps the bytes after them. */
  #scan({ bytes, position, segment }: Rest): Scanned {
    const { frames } = segment.format;
    const { payloads, endOffset, frameError } = scanFrames(bytes, frames, position, RETURNED_BYTES, this.#trustedFrom);
    const rest = { bytes: bytes.subarray(endOffset), position: position + endOffset, segment };
    this.#rest = rest.bytes.length > 0 ? rest : undefined;
    return { records: withPositions(payloads, position, frames.headerBytes), frameError };
  }

  /** Reuses the buffer of the last read. A buffer for a large record is not retained. */
  #allocate(size: number): Buffer {
    if (!this.#reuseBuffer || size > READ_BYTES) return Buffer.allocUnsafeSlow(size);
    if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size * 2));
    return this.#buffer.subarray(0, size);
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#direct?.close();
    await opened?.file.close();
  }

  async #locate(position: number): Promise<Located> {
    const known = findSegment(this.#segments, position);
    if (known?.end !== undefined) return known;
    // The newest known segment may have been closed in the meantime. Only the next segment determines where it ends.
    this.#segments = await listSegments(this.#directory);
    const found = findSegment(this.#segments, position);
    if (found !== undefined) return found;
    const first = this.#segments[0];
    throw new JournalCorruptError(
      `${this.#directory}: nothing to read at position ${position}; ` +
        (first === undefined ? 'the journal has no segments' : `the oldest record is at ${first.base}`),
      { file: first?.path ?? this.#directory, position, resumePosition: first?.base },
    );
  }

  async #open({ segment, end }: Located, position: number): Promise<OpenedSegment> {
    if (this.#opened?.segment.path === segment.path) return this.#opened;
    await this.close();
    let file: FileHandle;
    try {
      file = await open(segment.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw corrupt(segment.path, position, end, 'is in a segment that was removed');
    }
    const header = await readHeader(file);
    if (header.kind !== 'whole' || header.base !== segment.base) {
      await file.close();
      throw corrupt(segment.path, position, end, 'is in a segment whose header is damaged');
    }
    this.#opened = { segment: { ...segment, format: header.format }, file };
    return this.#opened;
  }
}

/** Does what `readFully` does, and blocks the thread. */
function readAtOnce({ fd }: FileHandle, target: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const bytesRead = readSync(fd, target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

interface Scanned {
  readonly records: JournalRecord[];
  readonly frameError: FrameError | undefined;
}

function findSegment(segments: readonly Segment[], position: number): Located | undefined {
  const index = segments.findLastIndex((segment) => segment.base <= position);
  const segment = segments[index];
  return segment === undefined ? undefined : { segment, end: segments[index + 1]?.base };
}

function withPositions(payloads: readonly Uint8Array[], start: number, headerBytes: number): JournalRecord[] {
  let endPosition = start;
  return payloads.map((bytes) => {
    endPosition += headerBytes + bytes.length;
    return { bytes, endPosition };
  });
}

const FRAME_ERRORS = { checksum: 'is damaged: checksum mismatch', short: 'is incomplete' } as const;

function corrupt(file: string, position: number, resumePosition: number | undefined, what: string) {
  return new JournalCorruptError(`${file}: the record at position ${position} ${what}`, {
    file,
    position,
    resumePosition,
  });
}
