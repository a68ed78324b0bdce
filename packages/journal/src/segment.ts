import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of a journal: the records from `base` up to the base of the next segment. */
export interface Segment {
  readonly path: string;
  /** Position of its first record. */
  readonly base: number;
}

/** Bytes at the beginning of each segment: magic, version, base position. They do not count as positions. */
export const SEGMENT_HEADER_BYTES = 24;

const MAGIC = Buffer.from('otelierJ', 'latin1');
const VERSION = 1;
const SUFFIX = '.journal';
const NAME = /^\d{16}\.journal$/;

/** The path of the segment that begins at `base`; names sort as positions do. */
export function segmentPath(directory: string, base: number): string {
  return join(directory, `${String(base).padStart(16, '0')}${SUFFIX}`);
}

/** The segments of a folder, oldest first; other files are left alone. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => ({ path: join(directory, name), base: Number(name.slice(0, -SUFFIX.length)) }));
}

/** The header of the segment that begins at `base`. */
export function segmentHeader(base: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeBigUInt64LE(BigInt(base), 16);
  return header;
}

/**
 * Looks at a segment's header: `whole`, or `unfinished` when its creation was cut short (then it never held an
 * acknowledged record). Throws when the file is something else or was written by a newer version.
 */
export async function checkHeader(segment: Segment, file: FileHandle): Promise<'whole' | 'unfinished'> {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const bytesRead = await readFully(file, header, 0);
  if (bytesRead < SEGMENT_HEADER_BYTES || header.every((byte) => byte === 0)) return 'unfinished';
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error(`${segment.path}: expected a journal segment, found a file that begins differently`);
  }
  const version = header.readUInt32LE(8);
  if (version > VERSION) {
    throw new Error(`${segment.path}: written in journal format ${version}, this program knows up to ${VERSION}`);
  }
  const base = Number(header.readBigUInt64LE(16));
  if (base !== segment.base) {
    throw new Error(`${segment.path}: its header says that it begins at ${base}; was the file renamed?`);
  }
  return 'whole';
}

/** Reads until `target` is full or the file ends; returns the bytes read. */
export async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Makes creations and removals in a folder durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
