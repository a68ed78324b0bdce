import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readThriftStruct } from './thrift-reader.ts';

/** Key-value metadata of a Parquet file and its size. Throws when it is no Parquet file. */
export function readParquetMetadata(path: string): {
  readonly metadata: ReadonlyMap<string, string>;
  readonly bytes: number;
} {
  const file = openSync(path, 'r');
  try {
    const bytes = fstatSync(file).size;
    // Most footers are in the first read already.
    const tail = readTail(file, bytes, Math.min(bytes, 16_384));
    if (bytes < 12 || tail.toString('latin1', tail.length - 4) !== 'PAR1') {
      throw new Error(`${path}: expected a Parquet file, its end is not PAR1`);
    }
    const length = tail.readUInt32LE(tail.length - 8);
    if (length + 8 > bytes)
      throw new Error(`${path}: its footer of ${length} bytes reaches beyond the file of ${bytes}`);
    const whole = length + 8 <= tail.length ? tail : readTail(file, bytes, length + 8);
    const footer = readThriftStruct(whole.subarray(whole.length - 8 - length, whole.length - 8));
    return { metadata: keyValues(footer.get(5)), bytes };
  } finally {
    closeSync(file);
  }
}

function readTail(file: number, size: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(file, buffer, filled, length - filled, size - length + filled);
    if (count === 0) throw new Error('the file became shorter while it was read');
    filled += count;
  }
  return buffer;
}

function keyValues(list: unknown): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  if (!Array.isArray(list)) return entries;
  for (const pair of list) {
    if (!(pair instanceof Map)) continue;
    entries.set(Buffer.from(pair.get(1) ?? []).toString(), Buffer.from(pair.get(2) ?? []).toString());
  }
  return entries;
}
