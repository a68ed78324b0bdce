import type { NamedRows } from '../../columns/pending/pending-traces.ts';
import type { TraceQuery, TraceSearchResult } from '../../contract.ts';
import type { DirectSnapshot, PendingPlace } from '../../write/protocol.ts';
import { rowObjects, withDirect } from '../lookup/direct.ts';
import { asText, type ReadContext, type Row } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { groupsOf, newestTraces, PendingRowsError, type PendingTraces, summarizedOf } from './newest-traces.ts';
import { SUMMARY_COLUMNS, SUMMARY_LIMITS } from './summarize-rows.ts';

const READ = { columns: SUMMARY_COLUMNS, withAttributes: false, ...SUMMARY_LIMITS } as const;

/**
 * Returns the newest traces in a large range without first writing the pending rows to a file. Returns `undefined` if
 * that is not possible: for searches with conditions, which the engine evaluates, and in small ranges, of which all
 * traces are counted.
 */
export async function newestDirectly(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceQuery,
): Promise<TraceSearchResult | undefined> {
  const { tenant, start, end, limit, conditions, text, orderBy } = query;
  if (orderBy !== 'time' || limit === 0 || conditions.length > 0 || text || end <= start) return undefined;
  const question = {
    newest: { start, end, limit: groupsOf(query) },
    traceRows: { traceIds: [], ofNewest: summarizedOf(query), ...READ },
  };
  return withDirect(context, tenant, 'traces', question, async (snapshot) => {
    const all = new Files(snapshot.files.filter((file) => file.rows > 0));
    if (all.overlapping(start, end).rows + (snapshot.pending?.rows ?? 0) <= context.countedRows) return undefined;
    if (snapshot.pending === undefined) return newestTraces(context, indexes, query, all);
    const pending = pendingTraces(context, query, snapshot, snapshot.pending);
    if (pending === undefined) return undefined;
    try {
      return await newestTraces(context, indexes, query, all, pending);
    } catch (error) {
      if (error instanceof PendingRowsError) return undefined;
      throw error;
    }
  });
}

function pendingTraces(
  { access }: ReadContext,
  { tenant, start, end }: TraceQuery,
  { reply }: DirectSnapshot,
  place: PendingPlace,
): PendingTraces | undefined {
  const { newest, traceRows } = reply;
  if (newest === undefined || traceRows === undefined) return undefined;
  const known = Map.groupBy(rowObjects(traceRows), (row) => asText(row['trace_id']));
  // Other traces have no pending rows.
  const isComplete = newest.traces.length === newest.total && place.minTime >= start && place.maxTime < end;
  const all = new Set(newest.traces.map(({ traceId }) => traceId));
  const read = async (traceIds: readonly string[]): Promise<readonly Row[]> => {
    const missing = traceIds.filter((traceId) => !known.has(traceId) && (!isComplete || all.has(traceId)));
    const own = traceIds.flatMap((traceId) => known.get(traceId) ?? []);
    if (missing.length === 0) return own;
    const found = await access.pending?.(tenant, 'traces', place, { traceRows: { traceIds: missing, ...READ } });
    const rows: NamedRows | undefined = found?.traceRows;
    if (rows === undefined) throw new PendingRowsError();
    return [...own, ...rowObjects(rows)];
  };
  return { newest: newest.traces, total: newest.total, rows: read };
}
