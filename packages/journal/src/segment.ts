import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FRAMES_V1, type FrameFormat, framesV2 } from './frame.ts';

/** A journal file that contains the records from `base` up to the base of the next segment. */
export interface Segment {
  readonly path: string;
  /** Position of the segment's first record. */
  readonly base: number;
}

/** The layout of a segment. */
export interface SegmentFormat {
  /** Size of the header before the first frame, in bytes. Does not count toward positions. */
  readonly headerBytes: number;
  readonly frames: FrameFormat;
}

/** A segment whose header is known. */
export interface ReadableSegment extends Segment {
  readonly format: SegmentFormat;
}

/** Size of the header, in bytes: magic, version, marker, base position, and a checksum of these. */
export const SEGMENT_HEADER_BYTES = 28;

const MAGIC = Buffer.from('otelierJ', 'latin1');
const VERSION = 2;
const SUM_AT = 24;
const HEADER_BYTES_V1 = 24;
const SUFFIX = '.journal';
const NAME = /^\d{16}\.journal$/;

/** Returns the path of the segment with base position `base`. Names sort by position. */
export function segmentPath(directory: string, base: number): string {
  return join(directory, `${String(base).padStart(16, '0')}${SUFFIX}`);
}

/** Lists the segments of a directory, oldest first. Other files are ignored. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => ({ path: join(directory, name), base: Number(name.slice(0, -SUFFIX.length)) }));
}

/** Returns the format of segments whose frames start with `marker`. */
export function formatV2(marker: number): SegmentFormat {
  return { headerBytes: SEGMENT_HEADER_BYTES, frames: framesV2(marker) };
}

/** Returns the header of the segment with base position `base`. */
export function segmentHeader(base: number, marker: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(marker, 12);
  header.writeBigUInt64LE(BigInt(base), 16);
  header.writeUInt32LE(crc32(header.subarray(0, SUM_AT)), SUM_AT);
  return header;
}

/** The contents of a segment header. */
export type SegmentHeader =
  /** `base` may differ from the file name, which means that the file was renamed. */
  | { readonly kind: 'whole'; readonly base: number; readonly format: SegmentFormat }
  /** The creation of the segment was interrupted. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'newer'; readonly version: number };

/** Reads a segment's header. */
export async function readHeader(file: FileHandle): Promise<SegmentHeader> {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const bytesRead = await readFully(file, header, 0);
  if (bytesRead < HEADER_BYTES_V1 || header.every((byte) => byte === 0)) return { kind: 'unfinished' };
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) return { kind: 'damaged' };
  const version = header.readUInt32LE(8);
  const base = Number(header.readBigUInt64LE(16));
  // The end of a header that was cut off may look like a zero in the checksum.
  const isWhole = bytesRead === SEGMENT_HEADER_BYTES;
  const isSummed = isWhole && crc32(header.subarray(0, SUM_AT)) === header.readUInt32LE(SUM_AT);
  if (isSummed && version > VERSION) return { kind: 'newer', version };
  if (isSummed && version === VERSION) return { kind: 'whole', base, format: formatV2(header.readUInt32LE(12)) };
  // Version 1 left the four bytes before the base empty and had no checksum.
  if (version === 1 && header.readUInt32LE(12) === 0) {
    return { kind: 'whole', base, format: { headerBytes: HEADER_BYTES_V1, frames: FRAMES_V1 } };
  }
  return isWhole ? { kind: 'damaged' } : { kind: 'unfinished' };
}

/** Reads until `target` is full or the file ends. Returns the number of bytes read. */
export async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Makes the creation and removal of files in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
