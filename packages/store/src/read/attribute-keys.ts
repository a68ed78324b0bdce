import type { Signal } from '@otelier/otlp';
import type { FacetValue, RangeQuery } from '../contract.ts';
import { ATTRIBUTE_KEYS, TIME_COLUMN } from '../schema.ts';
import type { StoredFile } from '../write/protocol.ts';
import { withDirect } from './lookup/direct.ts';
import { asNumber, type ReadContext, select, where, withRange } from './shared/context.ts';
import { Files } from './shared/files.ts';
import { ParameterBag } from './shared/parameters.ts';
import { rangeConditions } from './shared/steps.ts';

/** Returns the attribute keys in the range, most frequent first. */
export async function attributeKeys(
  context: ReadContext,
  query: RangeQuery & { readonly signal: Signal; readonly limit: number },
): Promise<readonly FacetValue[]> {
  // Profiles are stored whole and have no attributes of their own.
  if (query.signal === 'profiles' || query.end <= query.start) return [];
  const { tenant, signal, start, end } = query;
  const direct = await withDirect(context, tenant, signal, { keys: true }, async ({ files, pending, reply }) => {
    if (pending === undefined) return countKeys(context, query, new Files(files).overlapping(start, end));
    // Rows of which only some are in the range are read from a snapshot.
    const isWithin = pending.minTime >= start && pending.maxTime < end;
    if (!isWithin || reply.keys === undefined) return undefined;
    return countKeys(context, query, new Files(files).overlapping(start, end), reply.keys);
  });
  const counts =
    direct ?? (await withRange(context, query, signal, new Map(), (files) => countKeys(context, query, files)));
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, query.limit);
}

async function countKeys(
  context: ReadContext,
  query: RangeQuery & { readonly signal: Signal },
  files: Files,
  ofPending: Readonly<Record<string, number>> = {},
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const add = (keyAndType: string, count: number): void => {
    const key = keyAndType.slice(0, -2);
    counts.set(key, (counts.get(key) ?? 0) + count);
  };
  const isWithin = (file: StoredFile): boolean => file.minTime >= query.start && file.maxTime < query.end;
  for (const [keyAndType, count] of Object.entries(ofPending)) add(keyAndType, count);
  // Without a scan: the footers of files that lie within the range contain the counts.
  for (const file of files.all.filter(isWithin)) {
    for (const [keyAndType, count] of Object.entries(file.keys)) add(keyAndType, count);
  }
  const cut = new Files(files.all.filter((file) => !isWithin(file)));
  if (cut.isEmpty) return counts;
  const conditions = where(rangeConditions(TIME_COLUMN[query.signal], query, cut));
  const text = `SELECT ${ATTRIBUTE_KEYS} AS keys, count(*) AS items FROM ${cut.relation} ${conditions} GROUP BY keys`;
  for (const row of await select(context, query.tenant, text, new ParameterBag())) {
    if (typeof row['keys'] !== 'string') continue;
    // A repeated key counts once per item.
    for (const keyAndType of new Set(JSON.parse(row['keys']) as readonly string[])) {
      add(keyAndType, asNumber(row['items']));
    }
  }
  return counts;
}
