import { type FileHandle, open } from 'node:fs/promises';
import { DurableMark } from './durable-mark.ts';
import { scanFrames } from './frame.ts';
import { findNextFrame, offsetOf } from './resync.ts';
import { type ReadableSegment, readFully, syncDirectory } from './segment.ts';
import { repairSegments } from './segment-repair.ts';

/** The state of a directory after a clean shutdown, a crash or damage. */
export interface RecoveredJournal {
  /** Oldest first. Empty for a new journal. */
  readonly segments: readonly ReadableSegment[];
  /** Position of the next record: after all existing and all acknowledged records. */
  readonly endPosition: number;
  /** Whether the last segment ends at `endPosition` and accepts more records. */
  readonly isAppendable: boolean;
  /** Size of the incomplete records that were removed from the end, in bytes. */
  readonly cutBytes: number;
  /** Damage that opening found and repaired, as sentences. Readers report damaged records. */
  readonly damage: readonly string[];
  /** The marker of the journal's frames, if it has one. */
  readonly marker: number | undefined;
  readonly mark: DurableMark;
}

const SCAN_BYTES = 4 << 20;

/**
 * Restores a journal's directory to a state from which a writer can start.
 *
 * Renamed segments get their names back, damaged headers are rewritten, and files that are not segments are moved to
 * `damaged`. The torn end of the last segment is cut, and the rest is synced, because a killed writer may have left it
 * in the page cache only. Where acknowledged records are missing at the end, nothing is cut and positions continue
 * after them, so that none is reused. Closed segments are not read.
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

/** Returns the position after the last complete frame, whether damage precedes it or not. */
async function findEnd(file: FileHandle, segment: ReadableSegment, limit: number): Promise<number> {
  let end = segment.base;
  let bytesToRead = SCAN_BYTES;
  for (let position = end; position < limit; ) {
    const bytes = Buffer.allocUnsafeSlow(Math.min(bytesToRead, limit - position));
    const filled = await readFully(file, bytes, offsetOf(segment, position));
    const { endOffset, frameError } = scanFrames(bytes.subarray(0, filled), segment.format.frames, position);
    position += endOffset;
    bytesToRead = SCAN_BYTES;
    if (endOffset > 0) {
      end = position;
      continue;
    }
    if (frameError?.kind === 'short' && frameError.neededBytes <= limit - position && filled === bytes.length) {
      bytesToRead = frameError.neededBytes;
      continue;
    }
    const next = await findNextFrame(file, segment, position, limit);
    if (next === undefined) break;
    position = next;
  }
  return end;
}
