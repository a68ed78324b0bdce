import { type FileHandle, open } from 'node:fs/promises';
import type { JournalReader, JournalRecord } from './contract.ts';
import { JournalCorruptError } from './errors.ts';
import { FRAME_HEADER_BYTES, scanFrames } from './frame.ts';
import { checkHeader, listSegments, readFully, SEGMENT_HEADER_BYTES, type Segment } from './segment.ts';

/** About how many bytes one `read` returns. */
const READ_BYTES = 4 << 20;

/** Opens a journal's folder for reading, which may happen while another thread or process appends to it. */
export async function openJournalReader(directory: string): Promise<JournalReader> {
  return new SegmentReader(directory, await listSegments(directory));
}

/** A segment and where it ends as far as that is fixed: the base of the one behind it. */
interface Located {
  readonly segment: Segment;
  readonly end: number | undefined;
}

class SegmentReader implements JournalReader {
  readonly #directory: string;
  #segments: readonly Segment[];
  #opened: { readonly segment: Segment; readonly file: FileHandle } | undefined;

  constructor(directory: string, segments: readonly Segment[]) {
    this.#directory = directory;
    this.#segments = segments;
  }

  async read(position: number, limit: number): Promise<readonly JournalRecord[]> {
    if (position >= limit) return [];
    const located = await this.#locate(position);
    const file = await this.#open(located.segment);
    const end = Math.min(limit, located.end ?? limit);
    const offset = SEGMENT_HEADER_BYTES + position - located.segment.base;
    const available = end - position;
    let wanted = Math.min(READ_BYTES, available);
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(wanted);
      const filled = await readFully(file, buffer, offset);
      const { payloads, fault } = scanFrames(buffer.subarray(0, filled));
      if (payloads.length > 0) return withPositions(payloads, position);
      const needed = fault?.kind === 'short' ? fault.neededBytes : undefined;
      if (needed === undefined || needed > available || filled < wanted) throw corrupt(located, position, fault?.kind);
      wanted = needed;
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.file.close();
  }

  async #locate(position: number): Promise<Located> {
    const known = findSegment(this.#segments, position);
    if (known?.end !== undefined) return known;
    // The newest segment known may have been closed since; where it ends is only known from the one behind it.
    this.#segments = await listSegments(this.#directory);
    const found = findSegment(this.#segments, position);
    if (found !== undefined) return found;
    const first = this.#segments[0]?.base;
    throw new RangeError(
      `${this.#directory}: nothing to read at position ${position}; ` +
        (first === undefined ? 'the journal has no segments' : `the oldest record is at ${first}`),
    );
  }

  async #open(segment: Segment): Promise<FileHandle> {
    if (this.#opened?.segment.path === segment.path) return this.#opened.file;
    await this.close();
    const file = await open(segment.path, 'r');
    this.#opened = { segment, file };
    if ((await checkHeader(segment, file)) === 'unfinished') {
      throw corrupt({ segment, end: undefined }, segment.base, 'short');
    }
    return file;
  }
}

function findSegment(segments: readonly Segment[], position: number): Located | undefined {
  const index = segments.findLastIndex((segment) => segment.base <= position);
  const segment = segments[index];
  return segment === undefined ? undefined : { segment, end: segments[index + 1]?.base };
}

function withPositions(payloads: readonly Uint8Array[], start: number): JournalRecord[] {
  let endPosition = start;
  return payloads.map((bytes) => {
    endPosition += FRAME_HEADER_BYTES + bytes.length;
    return { bytes, endPosition };
  });
}

function corrupt(place: Located, position: number, fault: 'short' | 'checksum' | undefined): JournalCorruptError {
  const what = fault === 'checksum' ? 'is damaged (its checksum differs)' : 'ends early';
  return new JournalCorruptError(`${place.segment.path}: the record at position ${position} ${what}`, {
    file: place.segment.path,
    position,
    nextSegmentPosition: place.end,
  });
}
