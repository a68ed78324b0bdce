import { type FileHandle, open } from 'node:fs/promises';
import { DurableMark } from './durable-mark.ts';
import { scanFrames } from './frame.ts';
import { findNextFrame, offsetOf } from './resync.ts';
import { type ReadableSegment, readFully, syncDirectory } from './segment.ts';
import { repairSegments } from './segment-repair.ts';

/** What a folder holds after a clean end, a crash or damage. */
export interface RecoveredJournal {
  /** Oldest first. Empty for a new journal. */
  readonly segments: readonly ReadableSegment[];
  /** Where the next record stands: behind all records that are there, and behind all that were acknowledged. */
  readonly endPosition: number;
  /** Whether the last segment ends at `endPosition` and may be appended to. */
  readonly isAppendable: boolean;
  /** Bytes of unfinished records that were removed from the end. */
  readonly cutBytes: number;
  /** What was damaged and dealt with by opening, in sentences. Damaged records are reported by readers. */
  readonly damage: readonly string[];
  /** The marker of the journal's frames, where it has one. */
  readonly marker: number | undefined;
  readonly mark: DurableMark;
}

const SCAN_BYTES = 4 << 20;

/**
 * Brings a journal's folder into the state a writer starts from. Segments that were renamed get their names back,
 * damaged headers are rewritten, and files that are no segments are moved to `damaged`. Of the last segment the torn end
 * goes, and what remains is synced, since a killed writer may have left it in the page cache only. Where acknowledged
 * records are missing at the end, nothing is cut and positions go on behind them, so that none is used twice. Closed
 * segments are not read.
 */
export async function recoverJournal(directory: string, damaged: string): Promise<RecoveredJournal> {
  const mark = await DurableMark.open(directory, damaged);
  try {
    const { segments, damage, marker, cutBytes } = await repairSegments(directory, damaged, mark);
    const last = segments.at(-1);
    const common = { segments, damage, marker, mark };
    if (last === undefined) return { ...common, endPosition: mark.position, isAppendable: false, cutBytes };
    const end = await recoverEnd(last, mark.position);
    await syncDirectory(directory);
    return { ...common, ...end, cutBytes: cutBytes + end.cutBytes };
  } catch (error) {
    await mark.close();
    throw error;
  }
}

async function recoverEnd(
  segment: ReadableSegment,
  acknowledged: number,
): Promise<Pick<RecoveredJournal, 'endPosition' | 'isAppendable' | 'cutBytes'>> {
  const file = await open(segment.path, 'r+');
  try {
    const { size } = await file.stat();
    const end = await findEnd(file, segment, segment.base + Math.max(0, size - segment.format.headerBytes));
    if (end < acknowledged) {
      await file.sync();
      return { endPosition: acknowledged, isAppendable: false, cutBytes: 0 };
    }
    const cutBytes = size - offsetOf(segment, end);
    if (cutBytes > 0) await file.truncate(offsetOf(segment, end));
    await file.sync();
    return { endPosition: end, isAppendable: segment.format.frames.marker !== undefined, cutBytes };
  } finally {
    await file.close();
  }
}

/** The position behind the last whole frame, damage before it or not. */
async function findEnd(file: FileHandle, segment: ReadableSegment, limit: number): Promise<number> {
  let end = segment.base;
  let wanted = SCAN_BYTES;
  for (let position = end; position < limit; ) {
    const bytes = Buffer.allocUnsafeSlow(Math.min(wanted, limit - position));
    const filled = await readFully(file, bytes, offsetOf(segment, position));
    const { endOffset, frameError: fault } = scanFrames(bytes.subarray(0, filled), segment.format.frames, position);
    position += endOffset;
    wanted = SCAN_BYTES;
    if (endOffset > 0) {
      end = position;
      continue;
    }
    if (fault?.kind === 'short' && fault.neededBytes <= limit - position && filled === bytes.length) {
      wanted = fault.neededBytes;
      continue;
    }
    const next = await findNextFrame(file, segment, position, limit);
    if (next === undefined) break;
    position = next;
  }
  return end;
}
