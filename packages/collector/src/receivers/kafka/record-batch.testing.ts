/** Options for `recordBatch`. */
export interface RecordBatchOptions {
  /** Number of records as the header of the batch has it. */
  readonly count: number;
  /** Number of the compression. */
  readonly compression?: number;
  readonly magic?: number;
}

const HEADER_BYTES = 61;
const LENGTH_END = 12;

/** Returns a batch with any records, which a broker would append as they are. */
export function recordBatch(records: Uint8Array, { count, compression = 0, magic = 2 }: RecordBatchOptions): Buffer {
  const batch = Buffer.alloc(HEADER_BYTES + records.length);
  batch.writeInt32BE(batch.length - LENGTH_END, 8);
  batch.writeInt8(magic, 16);
  batch.writeInt16BE(compression, 21);
  batch.writeInt32BE(Math.max(0, Math.min(count, 1000) - 1), 23);
  batch.writeInt32BE(count, 57);
  batch.set(records, HEADER_BYTES);
  return batch;
}

/** Returns a record of a batch without a key. */
export function record(
  offsetDelta: number,
  value: Uint8Array,
  headers: readonly (readonly [string, string])[] = [],
): Buffer {
  const encodedHeaders = headers.flatMap(([name, text]) => [sized(Buffer.from(name)), sized(Buffer.from(text))]);
  const noKey = varint(-1);
  const body = [
    Buffer.from([0, 0]),
    varint(offsetDelta),
    noKey,
    sized(value),
    varint(headers.length),
    ...encodedHeaders,
  ];
  return sized(Buffer.concat(body));
}

function sized(bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** Encodes an integer of 32 bits with zigzag. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
