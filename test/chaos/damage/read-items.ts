import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { filesOf } from './damages.ts';
import { contentsOf, type Encrypted, recordsBySegment } from './encrypted.ts';

/** Returns an item name that can be found both in a journal's raw bytes and in a column. */
export const itemName = (tenant: number, label: string) => `item-${tenant}-${label};`;
const ITEM = /item-\d+-[\w.]+;/g;

/**
 * Returns the items in each file of a store. Reads Parquet files with an independent reader, and searches the bytes of
 * all others for names.
 */
export async function itemsByFile(
  directory: string,
  encrypted?: Encrypted,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const items = new Map<string, readonly string[]>();
  for (const file of filesOf(directory)) {
    // Query snapshots, which the next start removes.
    if (file.startsWith('tail/')) continue;
    const path = join(directory, file);
    if (file.endsWith('.parquet')) items.set(file, await namesIn(bytesOf(path, encrypted)));
    else items.set(file, (await textOf(path, encrypted)).match(ITEM) ?? []);
  }
  return items;
}

/** Returns the bytes of a Parquet file, decrypted. */
export function bytesOf(path: string, encrypted: Encrypted | undefined): Buffer {
  return encrypted === undefined ? readFileSync(path) : contentsOf(path, encrypted);
}

async function textOf(path: string, encrypted: Encrypted | undefined): Promise<string> {
  if (encrypted === undefined || !path.endsWith('.journal')) return readFileSync(path, 'latin1');
  return (await recordsBySegment(dirname(path), encrypted)).get(basename(path)) ?? '';
}

/** Returns the span names in a Parquet file. */
export async function namesIn(bytes: Buffer): Promise<readonly string[]> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, compressors, columns: ['name'] });
  return rows.map((row) => String(row['name']));
}
