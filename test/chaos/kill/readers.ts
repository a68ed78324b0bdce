import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@otelier/store';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Gateway } from '../../e2e/gateway.ts';
import { type Encrypted, readKeys } from '../damage/encrypted.ts';
import { bytesOf } from '../damage/read-items.ts';
import { type KilledSignal, SIGNALS } from './requests.ts';

/** For each request that has any items, the number of items and of distinct items. */
export type Found = ReadonlyMap<string, readonly [count: number, distinct: number]>;

const RELATIONS = { traces: 'spans', logs: 'logs', metrics: 'metric_points' } as const;

/** Reads a signal's items through a running gateway's API. */
export async function readByApi({ api }: Gateway, signal: KilledSignal): Promise<Found> {
  const { rows, truncated } = await api.sql({
    statement: `SELECT (attributes->>'request'), count(*)::INTEGER, count(DISTINCT (attributes->>'i'))::INTEGER
      FROM ${RELATIONS[signal]} GROUP BY 1`,
    maxRows: 100_000,
  });
  if (truncated) throw new Error('the API returned only some of the requests');
  return new Map(rows.map(([id, count, distinct]) => [String(id), [Number(count), Number(distinct)] as const]));
}

/** Moves a closed store's journal to files, and reads all items from the files with hyparquet. */
export async function readByHyparquet(
  directory: string,
  encryption?: Encrypted['options'],
): Promise<Readonly<Record<KilledSignal, Found>>> {
  const store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER, encryption });
  await store.flush();
  await store.close();
  const found = { traces: new Map(), logs: new Map(), metrics: new Map() } as Record<
    KilledSignal,
    Map<string, { count: number; readonly items: Set<string> }>
  >;
  const encrypted = encryption && (await readKeys(directory, encryption));
  const data = join(directory, 'data');
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const signal = SIGNALS.find((one) => name.split('/').includes(one));
    if (signal === undefined || !name.endsWith('.parquet')) continue;
    const rows = await parquetReadObjects({
      file: new Uint8Array(bytesOf(join(data, name), encrypted)).buffer,
      compressors,
    });
    for (const row of rows) {
      const id = attributeOf(row, 'request');
      const request = found[signal].get(id) ?? { count: 0, items: new Set<string>() };
      request.count += 1;
      request.items.add(attributeOf(row, 'i'));
      found[signal].set(id, request);
    }
  }
  const counts = (signal: KilledSignal): Found =>
    new Map([...found[signal]].map(([id, { count, items }]) => [id, [count, items.size] as const]));
  return { traces: counts('traces'), logs: counts('logs'), metrics: counts('metrics') };
}

/**
 * Returns an attribute from its own column, `a.KEY#TYPE`, or from the map of all other attributes, whose values are
 * JSON.
 */
function attributeOf(row: Readonly<Record<string, unknown>>, key: string): string {
  for (const type of ['s', 'i']) {
    const value = row[`a.${key}#${type}`];
    if (value !== undefined && value !== null) return String(value);
  }
  const map = row['attributes'];
  const pairs = Array.isArray(map) ? map : [];
  const found = pairs.find((pair) => pair.key === key);
  return found === undefined ? '' : String(JSON.parse(found.value));
}
