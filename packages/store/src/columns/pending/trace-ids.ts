import type { ByteEntries } from '../../parquet/column.ts';
import { entryBytes } from '../../parquet/entries.ts';

/** Returns the ID of an entry of raw trace IDs in lowercase hex. */
export function traceIdOf(ids: ByteEntries, entry: number): string {
  return entryBytes(ids, entry).toString('hex');
}
