import { isFooterWhole } from './checksums.ts';
import { type FileBytes, type FileOpener, PLAIN_FILES } from './file-bytes.ts';
import { readThriftStruct, type ThriftValue } from './thrift-reader.ts';

/**
 * Reads the key-value metadata and the size of a Parquet file. Throws if it is not a Parquet file or its footer is
 * damaged.
 */
export function readParquetMetadata(
  path: string,
  files: FileOpener = PLAIN_FILES,
): {
  readonly metadata: ReadonlyMap<string, string>;
  readonly bytes: number;
} {
  const file = files.open(path);
  try {
    const { fields, fileBytes } = readFooter(file, path);
    return { metadata: keyValues(fields), bytes: fileBytes };
  } finally {
    file.close();
  }
}

/** The footer of a Parquet file. */
export interface ParquetFooter {
  /** The fields of `FileMetaData` (parquet.thrift) by number. */
  readonly fields: ReadonlyMap<number, ThriftValue>;
  /** Offset in the file. */
  readonly offset: number;
  readonly fileBytes: number;
}

/** Reads the footer of an open file. Throws if there is none or its checksum does not match. */
export function readFooter(file: FileBytes, path: string): ParquetFooter {
  const fileBytes = file.size;
  // Large enough for most footers.
  const tail = readTail(file, fileBytes, Math.min(fileBytes, 16_384));
  if (fileBytes < 12 || tail.toString('latin1', tail.length - 4) !== 'PAR1') {
    throw new Error(`${path}: expected a Parquet file, it does not end with PAR1`);
  }
  const length = tail.readUInt32LE(tail.length - 8);
  if (length + 8 > fileBytes) {
    throw new Error(`${path}: its footer of ${length} bytes exceeds the file of ${fileBytes}`);
  }
  const whole = length + 8 <= tail.length ? tail : readTail(file, fileBytes, length + 8);
  const bytes = whole.subarray(whole.length - 8 - length, whole.length - 8);
  if (isFooterWhole(bytes) === false) throw new Error(`${path}: damaged footer: checksum mismatch`);
  return { fields: readThriftStruct(bytes), offset: fileBytes - 8 - length, fileBytes };
}

/** Returns the key-value metadata of a footer. */
export function keyValues(footer: ReadonlyMap<number, ThriftValue>): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const list = footer.get(5);
  if (!Array.isArray(list)) return entries;
  for (const pair of list) {
    if (!(pair instanceof Map)) continue;
    entries.set(Buffer.from(pair.get(1) ?? []).toString(), Buffer.from(pair.get(2) ?? []).toString());
  }
  return entries;
}

function readTail(file: FileBytes, size: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (file.read(buffer, size - length) < length) throw new Error('the file was truncated while it was read');
  return buffer;
}
