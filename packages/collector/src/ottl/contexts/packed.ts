import {
  endOfVarint,
  findField,
  payloadEnd,
  payloadStart,
  readDouble,
  readFixed64,
  readVarintUint64,
} from '@otelier/otlp';
import type { MessageRecord } from '../record/message-record.ts';

/** Reads a packed `double` field. */
export function readPackedDoubles(record: MessageRecord, field: number): number[] {
  return readFixed(record, field, readDouble);
}

/** Reads a packed `fixed64` field as int64 values. */
export function readPackedFixed64s(record: MessageRecord, field: number): bigint[] {
  return readFixed(record, field, (bytes, offset) => BigInt.asIntN(64, readFixed64(bytes, offset)));
}

function readFixed<T>(record: MessageRecord, field: number, read: (bytes: Uint8Array, offset: number) => T): T[] {
  const value = record.find(field);
  if (value < 0) return [];
  const { source } = record;
  const values: T[] = [];
  for (let at = payloadStart(source, value); at < payloadEnd(source, value); at += 8) values.push(read(source, at));
  return values;
}

/** Reads a packed `uint64` field of the message `[start, end)` as int64 values. */
export function readPackedVarints(bytes: Uint8Array, start: number, end: number, field: number): bigint[] {
  const value = findField(bytes, start, end, field);
  if (value < 0) return [];
  const values: bigint[] = [];
  const limit = payloadEnd(bytes, value);
  for (let at = payloadStart(bytes, value); at < limit; at = endOfVarint(bytes, at, limit))
    values.push(BigInt.asIntN(64, readVarintUint64(bytes, at)));
  return values;
}
