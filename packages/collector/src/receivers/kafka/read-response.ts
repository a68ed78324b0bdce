import type { Signal } from '@otelier/otlp';
import type { FetchedMessages, PartitionMessage } from './assigned-partition.ts';
import type { FetchedPartition } from './fetch-response.ts';
import { type RecordBatch, readRecordBatches } from './record-batches.ts';
import type { KafkaRecord, RecordHeader } from './record-cursor.ts';

/** What a response is read for. */
export interface ReadTarget {
  readonly topic: string;
  readonly partition: number;
  readonly signal: Signal;
  /** The offset that was fetched. A response begins with the batch that contains it, which may begin earlier. */
  readonly from: bigint;
}

/** Limits for reading a response. */
export interface ReadLimits {
  /** Maximum size of a batch after decompression. */
  readonly maxBatchBytes: number;
  /** Bytes after decompression that may still be read. Batches beyond them are left out, to be fetched again. */
  leftBytes: number;
}

/** Reads the messages of a partition in a response. Resolves with `undefined` if there are none and the offset stays. */
export async function readPartition(
  { records }: FetchedPartition,
  target: ReadTarget,
  limits: ReadLimits,
): Promise<FetchedMessages | undefined> {
  if (records === undefined || limits.leftBytes <= 0) return undefined;
  const messages: PartitionMessage[] = [];
  let last: RecordBatch | undefined;
  for await (const batch of readRecordBatches(records, limits.maxBatchBytes)) {
    last = batch;
    for (const record of batch.records) {
      const message = messageOf(record, batch, target);
      if (message !== undefined) messages.push(message);
    }
    limits.leftBytes -= batch.sizeBytes;
    if (limits.leftBytes <= 0) break;
  }
  if (last === undefined || last.nextOffset <= target.from) return undefined;
  return { messages, nextOffset: last.nextOffset, leaderEpoch: last.leaderEpoch };
}

function messageOf(
  record: KafkaRecord,
  { firstOffset }: RecordBatch,
  target: ReadTarget,
): PartitionMessage | undefined {
  const { topic, partition, signal, from } = target;
  const offset = firstOffset + BigInt(record.offsetDelta);
  const placeAt = (at: bigint) => ({ 'kafka.topic': topic, 'kafka.partition': partition, 'kafka.offset': String(at) });
  if (record.kind === 'unreadable') {
    const at = offset < from ? from : offset;
    const unreadable = { reason: record.reason, messageCount: record.count };
    return { signal, value: EMPTY, offset: at, headers: NO_HEADERS, place: placeAt(at), unreadable };
  }
  const { value, headers } = record;
  // A message without a value deletes its key in a compacted topic.
  if (offset < from || value === undefined) return undefined;
  return { signal, value, offset, headers: headersOf(headers), place: placeAt(offset) };
}

const EMPTY = new Uint8Array();
const NO_HEADERS = Object.freeze({});

function headersOf(headers: readonly RecordHeader[]): Readonly<Record<string, readonly string[]>> {
  if (headers.length === 0) return NO_HEADERS;
  const read: Record<string, string[]> = Object.create(null);
  for (const [key, value] of headers) {
    const name = key.toLowerCase();
    const values = read[name];
    if (values === undefined) read[name] = [value];
    else values.push(value);
  }
  return read;
}
