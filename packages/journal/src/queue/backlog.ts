import type { JournalReader } from '../contract.ts';
import { JournalCorruptError } from '../errors.ts';
import { listSegments } from '../segment.ts';
import type { QueueSize } from './contract.ts';
import { afterRecord, EMPTY, readQueueRecord } from './queue-record.ts';

/**
 * Returns the sums over all records of a queue up to `limit`, which its last readable record tells. It reads the last
 * segment that has one.
 */
export async function totalsAt(directory: string, reader: JournalReader, limit: number): Promise<QueueSize> {
  let end = limit;
  for (const { base } of (await listSegments(directory)).toReversed()) {
    const totals = await lastTotals(reader, base, end);
    if (totals !== undefined) return totals;
    end = Math.min(end, base);
  }
  return EMPTY;
}

async function lastTotals(reader: JournalReader, from: number, limit: number): Promise<QueueSize | undefined> {
  let totals: QueueSize | undefined;
  for (let position = from; position < limit; ) {
    try {
      const records = await reader.read(position, limit);
      const last = records.at(-1);
      if (last === undefined) break;
      const { before, counts } = readQueueRecord(last.bytes);
      totals = afterRecord(before, counts);
      position = last.endPosition;
    } catch (error) {
      if (!(error instanceof JournalCorruptError)) throw error;
      position = Math.max(position + 1, error.resumePosition ?? limit);
    }
  }
  return totals;
}
