import type { FileHandle } from 'node:fs/promises';
import { BLOCK_BYTES } from './block-memory.ts';
import { scanFrames } from './frame.ts';
import { type ReadableSegment, readFully } from './segment.ts';

const SCAN_BYTES = 4 << 20;

/**
 * Returns the position of the first complete frame after a damaged one at `position`, or `undefined` if none ends at or
 * before `limit`. A frame counts only if its marker, checksum and position match, so that bytes in a payload are not
 * mistaken for one.
 */
export async function findNextFrame(
  file: FileHandle,
  segment: ReadableSegment,
  position: number,
  limit: number,
): Promise<number | undefined> {
  const { marker } = segment.format.frames;
  if (marker === undefined) return behindLength(file, segment, position, limit);
  const pattern = Buffer.alloc(4);
  pattern.writeUInt32LE(marker, 0);
  for (let from = position + 1; from < limit; ) {
    const window = Buffer.allocUnsafeSlow(Math.min(SCAN_BYTES, limit - from));
    const filled = await readFully(file, window, offsetOf(segment, from));
    const bytes = window.subarray(0, filled);
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
      if (await isWhole(file, segment, from + at, limit)) return from + at;
    }
    if (filled < window.length || from + filled >= limit) return undefined;
    from += filled - (pattern.length - 1);
  }
  return undefined;
}

/**
 * Returns whether a file of `size` bytes ends at `offset` with zeros up to the end of a block, which a process that wrote
 * whole blocks left when it was killed.
 */
export async function endsWithPadding(file: FileHandle, offset: number, size: number): Promise<boolean> {
  if (size % BLOCK_BYTES !== 0 || size - offset >= BLOCK_BYTES || size <= offset) return false;
  const rest = Buffer.alloc(size - offset);
  return (await readFully(file, rest, offset)) === rest.length && rest.every((byte) => byte === 0);
}

/** Returns the file offset of a position in a segment. */
export function offsetOf({ base, format }: ReadableSegment, position: number): number {
  return format.headerBytes + position - base;
}

/** Version 1 has no marker, so only the damaged frame's length can locate the next one. */
async function behindLength(
  file: FileHandle,
  segment: ReadableSegment,
  position: number,
  limit: number,
): Promise<number | undefined> {
  const next = position + (await frameBytesAt(file, segment, position));
  return (await isWhole(file, segment, next, limit)) ? next : undefined;
}

async function isWhole(file: FileHandle, segment: ReadableSegment, position: number, limit: number): Promise<boolean> {
  const frameBytes = await frameBytesAt(file, segment, position);
  if (frameBytes === 0 || position + frameBytes > limit) return false;
  const bytes = Buffer.allocUnsafeSlow(frameBytes);
  const filled = await readFully(file, bytes, offsetOf(segment, position));
  return scanFrames(bytes.subarray(0, filled), segment.format.frames, position).payloads.length > 0;
}

/** Returns the size of the frame at a position according to its header, or 0 at the end of the file. */
async function frameBytesAt(file: FileHandle, segment: ReadableSegment, position: number): Promise<number> {
  const { headerBytes } = segment.format.frames;
  const header = Buffer.alloc(headerBytes);
  const filled = await readFully(file, header, offsetOf(segment, position));
  return filled < headerBytes ? 0 : headerBytes + header.readUInt32LE(headerBytes - 8);
}
