import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { filesOf } from './damages.ts';

/** A name that is found in the bytes of a journal as well as in a column. */
export const itemName = (tenant: number, label: string) => `item-${tenant}-${label};`;
const ITEM = /item-\d+-[\w.]+;/g;

/** The items in each file of a store, by an independent reader of Parquet, and as names in the bytes of all others. */
export async function itemsByFile(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const items = new Map<string, readonly string[]>();
  for (const file of filesOf(directory)) {
    // Snapshots for queries, which the next start removes.
    if (file.startsWith('tail/')) continue;
    const bytes = readFileSync(join(directory, file));
    items.set(file, file.endsWith('.parquet') ? await namesIn(bytes) : (bytes.toString('latin1').match(ITEM) ?? []));
  }
  return items;
}

/** The names of the spans in a Parquet file. */
export async function namesIn(bytes: Buffer): Promise<readonly string[]> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, compressors, columns: ['name'] });
  return rows.map((row) => String(row['name']));
}
