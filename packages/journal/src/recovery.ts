import { type FileHandle, open } from 'node:fs/promises';
import { DurableMark } from './durable-mark.ts';
import { scanFrames } from './frame.ts';
import { endsWithPadding, findNextFrame, offsetOf } from './resync.ts';
import { type ReadableSegment, readFully, syncDirectory } from './segment.ts';
import { repairSegments } from './segment-repair.ts';

/** The state of a journal's directory after a clean shutdown, a crash or damage. */
export interface RecoveredJournal {
  /** The segments, oldest first. Empty for a new journal. */
  readonly segments: readonly ReadableSegment[];
  /** Position of the next record: after all existing and all acknowledged records. */
  readonly endPosition: number;
  /** Whether the last segment ends at `endPosition` and accepts more records. */
  readonly isAppendable: boolean;
  /** Total size of the incomplete records removed from the end, in bytes. */
  readonly cutBytes: number;
  /** Damage found and repaired on opening, as sentences. Damaged records are reported by readers. */
  readonly damage: readonly string[];
  /** The marker of the journal's frames, if it has one. */
  readonly marker: number | undefined;
  readonly mark: DurableMark;
}

const SCAN_BYTES = 4 << 20;

/**
 * Restores a journal's directory to a state in which a writer can start.
 *
 * Renamed segments get their original names, damaged headers are rewritten, and files that are not segments are moved
 * to `damaged`. The torn end of the last segment is truncated, and the rest is synced, because a killed writer may have
 * left it only in the page cache. If acknowledged records are missing at the end, nothing is truncated and positions
 * continue after them, so that none is reused. Closed segments are not read.
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
    const offset = offsetOf(segment, end);
    const cutBytes = (await endsWithPadding(file, offset, size)) ? 0 : size - offset;
    if (size > offset) await file.truncate(offset);
    await file.sync();
    return { endPosition: end, isAppendable: segment.format.frames.marker !== undefined, cutBytes };
  } finally {
    await file.close();
  }
}

/** Returns the position after the last complete frame, even if damage precedes it. */
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
