import type { Signal } from '@otelier/otlp';
import type { Consumer, RecordsBatch } from '@platformatic/kafka';
import type { FetchedMessages, PartitionMessage } from './assigned-partition.ts';

/** The part of a response for one partition. */
export type FetchedPartition = Awaited<ReturnType<Consumer['fetch']>>['responses'][number]['partitions'][number];

/** What a response is read for. */
export interface ReadTarget {
  readonly topic: string;
  readonly partition: number;
  readonly signal: Signal;
  /** The offset that was fetched. A response begins with the batch that contains it, which may begin earlier. */
  readonly from: bigint;
}

/** Bit of the attributes of a batch that has no messages but marks the end of a transaction. */
const IS_CONTROL = 0b100000;

/** Reads the messages of a partition in a response. Returns `undefined` if there are none and the offset stays. */
export function readPartition(response: FetchedPartition, target: ReadTarget): FetchedMessages | undefined {
  const batches = response.records ?? [];
  const last = batches.at(-1);
  if (last === undefined) return undefined;
  const nextOffset = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
  if (nextOffset <= target.from) return undefined;
  const messages = batches.flatMap((batch) => messagesOf(batch, target));
  return { messages, nextOffset, leaderEpoch: last.partitionLeaderEpoch };
}

function messagesOf({ attributes, firstOffset, records }: RecordsBatch, target: ReadTarget): PartitionMessage[] {
  if (attributes & IS_CONTROL) return [];
  const { topic, partition, signal, from } = target;
  return records.flatMap(({ offsetDelta, value, headers }) => {
    const offset = firstOffset + BigInt(offsetDelta);
    // A message without a value deletes its key in a compacted topic.
    if (offset < from || value === null || value === undefined) return [];
    const place = { 'kafka.topic': topic, 'kafka.partition': partition, 'kafka.offset': String(offset) };
    return [{ signal, value, offset, headers: headersOf(headers), place }];
  });
}

const NO_HEADERS = Object.freeze({});

function headersOf(headers: RecordsBatch['records'][number]['headers']): Readonly<Record<string, readonly string[]>> {
  if (headers.length === 0) return NO_HEADERS;
  const read: Record<string, string[]> = Object.create(null);
  for (const [key, value] of headers) {
    const name = String(key ?? '').toLowerCase();
    read[name] = [...(read[name] ?? []), String(value ?? '')];
  }
  return read;
}
