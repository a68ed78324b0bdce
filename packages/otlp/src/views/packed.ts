import { forEachPayload } from '../wire/find.ts';
import { endOfVarint, readDouble, readFixed64, readVarintUint64 } from '../wire/reader.ts';

/** Decodes packed doubles. */
export function readDoubles(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 8 }, (_, i) => readDouble(bytes, 8 * i));
}

/** Decodes packed `fixed64` integers. */
export function readFixed64s(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 8 }, (_, i) => readFixed64(bytes, 8 * i));
}

/** Decodes packed `uint64` integers. */
export function readVarint64s(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let pos = 0; pos < bytes.length; pos = endOfVarint(bytes, pos, bytes.length)) {
    values.push(readVarintUint64(bytes, pos));
  }
  return values;
}

/** Maps the messages in a repeated field with `read`. */
export function mapMessages<Result>(
  message: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  field: number,
  read: (start: number, end: number) => Result,
): Result[] {
  const results: Result[] = [];
  forEachPayload(message.bytes, message.start, message.end, field, (start, end) => results.push(read(start, end)));
  return results;
}
