import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DurableMark } from './durable-mark.ts';
import { findNextFrame } from './resync.ts';
import {
  formatV2,
  listSegments,
  type ReadableSegment,
  readFully,
  readHeader,
  SEGMENT_HEADER_BYTES,
  type Segment,
  type SegmentHeader,
  segmentHeader,
  segmentPath,
  syncDirectory,
} from './segment.ts';
import { setAside } from './set-aside.ts';

/** The segments of a directory after repair. */
export interface RepairedSegments {
  /** The segments, oldest first. */
  readonly segments: readonly ReadableSegment[];
  /** Damage that was found and the action taken, as sentences. */
  readonly damage: readonly string[];
  readonly marker: number | undefined;
  /** Size of a segment whose creation was interrupted, in bytes. */
  readonly cutBytes: number;
}

interface Inspected {
  readonly segment: Segment;
  readonly header: SegmentHeader;
}

/**
 * Ensures that every file with a segment name is a segment. Restores the names of renamed segments, rewrites damaged
 * headers if the frames can be read, removes the last segment if it was never completed, and moves all other files to
 * `damaged`. Throws without changing anything if a segment was written by a newer version.
 */
export async function repairSegments(directory: string, damaged: string, mark: DurableMark): Promise<RepairedSegments> {
  const inspected: Inspected[] = [];
  for (const segment of await listSegments(directory)) inspected.push({ segment, header: await inspect(segment) });
  const marker = markerOf(inspected) ?? mark.marker;
  const damage: string[] = [];
  const segments: ReadableSegment[] = [];
  const renamed: ReadableSegment[] = [];
  let cutBytes = 0;
  for (const { segment, header } of inspected) {
    if (header.kind === 'whole') {
      const readable = { path: segment.path, base: header.base, format: header.format };
      (header.base === segment.base ? segments : renamed).push(readable);
      continue;
    }
    const repaired = await repairHeader(segment, marker);
    if (repaired !== undefined) {
      damage.push(`${segment.path}: damaged header, rewritten`);
      segments.push(repaired);
    } else if (header.kind === 'unfinished' && segment === inspected.at(-1)?.segment && mark.position <= segment.base) {
      cutBytes += await removeFile(segment.path);
    } else {
      damage.push(setAsideSegment(segment.path, damaged));
    }
  }
  if (renamed.length > 0) await restoreNames(directory, damaged, { segments, renamed, damage });
  if (damage.length > 0 || cutBytes > 0) await syncDirectory(directory);
  return { segments: segments.sort((a, b) => a.base - b.base), damage, marker, cutBytes };
}

async function inspect(segment: Segment): Promise<SegmentHeader> {
  const file = await open(segment.path, 'r');
  try {
    const header = await readHeader(file);
    if (header.kind !== 'newer') return header;
    throw new Error(`${segment.path}: expected journal format 2 or older, got ${header.version}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return { kind: 'damaged' };
    throw error;
  } finally {
    await file.close();
  }
}

function markerOf(inspected: readonly Inspected[]): number | undefined {
  for (const { header } of inspected) {
    if (header.kind === 'whole' && header.format.frames.marker !== undefined) return header.format.frames.marker;
  }
  return undefined;
}

/** Rewrites the header if the frames prove the base and the marker of the segment. */
async function repairHeader(segment: Segment, marker: number | undefined): Promise<ReadableSegment | undefined> {
  let file: FileHandle;
  try {
    file = await open(segment.path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    const first = Buffer.alloc(4);
    await readFully(file, first, SEGMENT_HEADER_BYTES);
    for (const candidate of new Set([first.readUInt32LE(0), ...(marker === undefined ? [] : [marker])])) {
      const readable = { ...segment, format: formatV2(candidate) };
      const limit = segment.base + size - SEGMENT_HEADER_BYTES;
      if ((await findNextFrame(file, readable, segment.base - 1, limit)) === undefined) continue;
      await file.write(segmentHeader(segment.base, candidate), 0, SEGMENT_HEADER_BYTES, 0);
      await file.sync();
      return readable;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** Higher than any position: used in temporary names of files that are being renamed. */
const TEMPORARY_BASE = 9_000_000_000_000_000;

/** Renames segments to match their headers. A second segment with the same base is moved to `damaged`. */
async function restoreNames(
  directory: string,
  damaged: string,
  found: {
    readonly segments: ReadableSegment[];
    readonly renamed: readonly ReadableSegment[];
    readonly damage: string[];
  },
): Promise<void> {
  const renaming: ReadableSegment[] = [];
  for (const [index, segment] of found.renamed.entries()) {
    const path = segmentPath(directory, TEMPORARY_BASE + Date.now() + index);
    await rename(segment.path, path);
    renaming.push({ ...segment, path });
  }
  for (const [index, segment] of renaming.entries()) {
    const path = segmentPath(directory, segment.base);
    const was = basename(found.renamed[index]?.path ?? '');
    if (found.segments.some(({ base }) => base === segment.base)) {
      found.damage.push(`${setAsideSegment(segment.path, damaged)} (was ${was}, a copy of ${path})`);
      continue;
    }
    await rename(segment.path, path);
    found.segments.push({ ...segment, path });
    found.damage.push(`${path}: was named ${was} renamed to its original name`);
  }
}

function setAsideSegment(path: string, damaged: string): string {
  const name = `${basename(dirname(path))}-${basename(path)}`;
  return `${path}: expected a journal segment, got another file, moved to ${setAside(path, damaged, name)}`;
}

async function removeFile(path: string): Promise<number> {
  const file = await open(path, 'r');
  const { size } = await file.stat().finally(() => file.close());
  await unlink(path);
  return size;
}
