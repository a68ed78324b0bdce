import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { JournalCorruptError } from './errors.ts';
import { scanFrames } from './frame.ts';
import { checkHeader, listSegments, readFully, SEGMENT_HEADER_BYTES, type Segment, syncDirectory } from './segment.ts';

/** What a folder holds after a clean end or a crash. */
export interface RecoveredJournal {
  /** Oldest first; the last one is to be appended to. Empty for a new journal. */
  readonly segments: readonly Segment[];
  /** The position behind the last whole record, which is on disk. */
  readonly endPosition: number;
  /** Bytes of unfinished records that were removed from the end. */
  readonly cutBytes: number;
}

const SCAN_BYTES = 4 << 20;

/**
 * Brings a journal's folder into the state a writer starts from: a segment whose creation was cut short goes, so does
 * the torn end of the last one, and what remains is synced, since a killed writer may have left it in the page cache
 * only. Closed segments are not read; their lengths must agree with their names.
 */
export async function recoverJournal(directory: string): Promise<RecoveredJournal> {
  const segments = await listSegments(directory);
  let cutBytes = await dropUnfinished(directory, segments);
  await checkClosedSegments(segments);
  const last = segments.at(-1);
  if (last === undefined) return { segments, endPosition: 0, cutBytes };
  const file = await open(last.path, 'r+');
  try {
    const wholeBytes = await scanSegment(file);
    const { size } = await file.stat();
    const tornBytes = size - SEGMENT_HEADER_BYTES - wholeBytes;
    if (tornBytes > 0) await file.truncate(SEGMENT_HEADER_BYTES + wholeBytes);
    cutBytes += tornBytes;
    await file.sync();
    await syncDirectory(directory);
    return { segments, endPosition: last.base + wholeBytes, cutBytes };
  } finally {
    await file.close();
  }
}

async function dropUnfinished(directory: string, segments: Segment[]): Promise<number> {
  const last = segments.at(-1);
  if (last === undefined) return 0;
  const file = await open(last.path, 'r');
  try {
    if ((await checkHeader(last, file)) === 'whole') return 0;
  } finally {
    await file.close();
  }
  const { size } = await stat(last.path);
  if (segments.length === 1 && last.base !== 0) {
    throw new JournalCorruptError(`${last.path}: the only segment has no header`, {
      file: last.path,
      position: last.base,
      nextSegmentPosition: undefined,
    });
  }
  await unlink(last.path);
  await syncDirectory(directory);
  segments.pop();
  return size;
}

async function checkClosedSegments(segments: readonly Segment[]): Promise<void> {
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined) return;
    const { size } = await stat(segment.path);
    const endPosition = segment.base + size - SEGMENT_HEADER_BYTES;
    if (endPosition < next.base) {
      throw new JournalCorruptError(
        `${segment.path}: ends at position ${endPosition}, but the next segment begins at ${next.base}`,
        { file: segment.path, position: endPosition, nextSegmentPosition: next.base },
      );
    }
  }
}

/** Bytes of whole frames from the beginning of a segment. */
async function scanSegment(file: FileHandle): Promise<number> {
  let wholeBytes = 0;
  let wanted = SCAN_BYTES;
  const { size } = await file.stat();
  while (SEGMENT_HEADER_BYTES + wholeBytes < size) {
    const available = size - SEGMENT_HEADER_BYTES - wholeBytes;
    const bytes = Buffer.allocUnsafeSlow(Math.min(wanted, available));
    const filled = await readFully(file, bytes, SEGMENT_HEADER_BYTES + wholeBytes);
    const { endOffset, fault } = scanFrames(bytes.subarray(0, filled));
    wholeBytes += endOffset;
    wanted = SCAN_BYTES;
    if (endOffset > 0) continue;
    if (fault?.kind !== 'short' || fault.neededBytes > available) break;
    if (filled < bytes.length) break;
    wanted = fault.neededBytes;
  }
  return wholeBytes;
}
