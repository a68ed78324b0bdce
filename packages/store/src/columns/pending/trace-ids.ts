import type { ByteEntries } from '../../parquet/column.ts';

/** Returns the ID of an entry of raw trace IDs in lowercase hex. */
export function traceIdOf(ids: ByteEntries, entry: number): string {
  const start = ids.starts[entry - 1] + 4;
  return Buffer.from(ids.bytes.buffer, ids.bytes.byteOffset + start, ids.starts[entry] - start).toString('hex');
}
