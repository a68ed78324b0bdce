import type { LogQuery, LogRow, Store } from '@otelier/store';

/** Number of records that are read at a time. */
const PAGE = 2000;

/** Yields the matching log records in pages, up to `maxRecords`. */
export async function* logPages(
  store: Store,
  query: Omit<LogQuery, 'limit' | 'after'>,
  maxRecords: number,
): AsyncGenerator<readonly LogRow[], undefined> {
  let after: string | undefined;
  for (let left = maxRecords; left > 0; ) {
    const limit = Math.min(PAGE, left);
    const rows = await store.searchLogs({ ...query, limit, ...(after !== undefined && { after }) });
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return undefined;
    after = rows.at(-1)?.cursor;
    left -= rows.length;
  }
  return undefined;
}
