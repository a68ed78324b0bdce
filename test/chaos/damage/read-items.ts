import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { filesOf } from './damages.ts';

/** Returns an item name that can be found both in a journal's raw bytes and in a column. */
export const itemName = (tenant: number, label: string) => `item-${tenant}-${label};`;
const ITEM = /item-\d+-[\w.]+;/g;

/**
 * Returns the items in each file of a store. Reads Parquet files with an independent reader, and searches the bytes of
 * all others for names.
 */
export async function itemsByFile(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const items = new Map<string, readonly string[]>();
  for (const file of filesOf(directory)) {
    // Query snapshots, which the next start removes.
    if (file.startsWith('tail/')) continue;
    const bytes = readFileSync(join(directory, file));
    items.set(file, file.endsWith('.parquet') ? await namesIn(bytes) : (bytes.toString('latin1').match(ITEM) ?? []));
  }
  return items;
}

/** Returns the span names in a Parquet file. */
export async function namesIn(bytes: Buffer): Promise<readonly string[]> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, compressors, columns: ['name'] });
  return rows.map((row) => String(row['name']));
}
