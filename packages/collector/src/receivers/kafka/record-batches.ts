import { expandRecords } from './expand-records.ts';
import { type KafkaRecord, RecordCursor } from './record-cursor.ts';

/** A batch of records as a producer sent it. */
export interface RecordBatch {
  readonly firstOffset: bigint;
  /** The offset after the last record. */
  readonly nextOffset: bigint;
  readonly leaderEpoch: number;
  /** Size of the records without compression. */
  readonly sizeBytes: number;
  readonly records: readonly KafkaRecord[];
}

/** Offsets of the fields of a batch of version 2 (https://kafka.apache.org/documentation/#recordbatch). */
const LENGTH_AT = 8;
const LENGTH_END = 12;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const COUNT_AT = 57;
const RECORDS_AT = 61;

const MAGIC = 2;
const COMPRESSION = 0b111;
/** Bit of the attributes of a batch that has no messages but marks the end of a transaction. */
const IS_CONTROL = 0b100000;
/** Memory that a record needs beside its bytes. Together with the limit of bytes, it limits the number of records. */
const RECORD_BYTES = 64;

/**
 * Reads the batches of a response one after the other. What cannot be read, such as a batch with more than `maxBytes` after
 * decompression, becomes an unreadable record with its reason. The last batch of a response can be cut off, and is left out.
 */
export async function* readRecordBatches(bytes: Buffer, maxBytes: number): AsyncGenerator<RecordBatch> {
  for (let start = 0; bytes.length - start > MAGIC_AT; ) {
    const end = start + LENGTH_END + bytes.readInt32BE(start + LENGTH_AT);
    if (end <= start + MAGIC_AT || end > bytes.length) return;
    yield await readBatch(bytes.subarray(start, end), maxBytes);
    start = end;
  }
}

async function readBatch(batch: Buffer, maxBytes: number): Promise<RecordBatch> {
  const firstOffset = batch.readBigInt64BE(0);
  const leaderEpoch = batch.readInt32BE(LEADER_EPOCH_AT);
  const magic = batch[MAGIC_AT];
  if (magic !== MAGIC || batch.length < RECORDS_AT) {
    const reason = `expected a batch of records of version ${MAGIC}, got ${batch.length} bytes of version ${magic}`;
    return { firstOffset, nextOffset: firstOffset + 1n, leaderEpoch, sizeBytes: 0, records: [unreadable(reason, 1)] };
  }
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const lastOffsetDelta = Math.max(0, batch.readInt32BE(LAST_OFFSET_DELTA_AT));
  const place = { firstOffset, nextOffset: firstOffset + BigInt(lastOffsetDelta) + 1n, leaderEpoch };
  const count = batch.readInt32BE(COUNT_AT);
  // Compaction keeps batches without the records that it deletes.
  if (attributes & IS_CONTROL || count === 0) return { ...place, sizeBytes: 0, records: [] };
  const refuse = (reason: string): RecordBatch => {
    const records = [unreadable(reason, Math.max(1, Math.min(count, lastOffsetDelta + 1)))];
    return { ...place, sizeBytes: 0, records };
  };
  const maxCount = Math.floor(maxBytes / RECORD_BYTES);
  if (count < 0 || count > maxCount)
    return refuse(`expected at most ${maxCount} records in a batch (max_decompress_batch_bytes), got ${count}`);
  const expanded = await expandRecords(batch.subarray(RECORDS_AT), attributes & COMPRESSION, maxBytes);
  if (!expanded.ok) return refuse(expanded.reason);
  return { ...place, sizeBytes: expanded.bytes.length, records: readRecords(expanded.bytes, count) };
}

function readRecords(bytes: Buffer, count: number): KafkaRecord[] {
  const cursor = new RecordCursor(bytes);
  const records: KafkaRecord[] = [];
  while (records.length < count) {
    const record = cursor.next(count - records.length);
    records.push(record);
    // Where the next record begins is unknown after one without an end.
    if (record.kind === 'unreadable' && record.count > 1) break;
  }
  return records;
}

function unreadable(reason: string, count: number): KafkaRecord {
  return { kind: 'unreadable', offsetDelta: 0, reason, count };
}
