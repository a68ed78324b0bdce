import type { TraceQuery, TraceSearchResult } from '../../contract.ts';
import { asNumber, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { statementText } from '../shared/statements.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { newestTraces } from './newest-traces.ts';
import { scannedSearch } from './scanned-search.ts';
import { filesAround, latestFirst, matchConditions, summarizeTraces } from './trace-summaries.ts';

/** Returns the traces with a span in the range that matches all conditions. */
export async function searchTraces(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceQuery,
): Promise<TraceSearchResult> {
  const scanned = await scannedSearch(context, indexes, query);
  if (scanned !== undefined) return scanned;
  await checkPatterns(context, query);
  return withRange(context, query, 'traces', { total: 0, traces: [] }, async (files, all) => {
    if (query.orderBy === 'time' && query.limit > 0 && files.rows > context.countedRows) {
      return newestTraces(context, indexes, query, all);
    }
    const { total, traceIds } = await findTraces(context, query, files, all);
    if (traceIds.length === 0) return { total, traces: [] };
    const found = await summarizeTraces(context, query, await indexes.select(all, traceIds), traceIds);
    const byTrace = new Map(found.map((summary) => [summary.traceId, summary]));
    const traces = traceIds.flatMap((traceId) => byTrace.get(traceId) ?? []);
    return { total, traces: query.orderBy === 'time' ? traces.sort(latestFirst) : traces };
  });
}

async function findTraces(
  context: ReadContext,
  query: TraceQuery,
  files: Files,
  all: Files,
): Promise<{ readonly total: number; readonly traceIds: readonly string[] }> {
  const parameters = new ParameterBag();
  parameters.set('limit', BigInt(query.limit));
  const conditions = matchConditions(query, files, parameters);
  const matching = `FROM ${files.relation} ${where(conditions)}`;
  const around = filesAround(all, query);
  const text =
    query.orderBy === 'time'
      ? `WITH rows AS (SELECT trace_id, start_time ${matching}) ${statementText('trace-hits')}`
      : `WITH hits AS (SELECT DISTINCT trace_id ${matching}), ` +
        `rows AS (SELECT trace_id, start_time, duration_ns FROM ${around.relation}) ` +
        statementText('trace-hits-by-duration');
  const found = await select(context, query.tenant, text, parameters);
  if (found.length === 0) return { total: 0, traceIds: [] };
  return { total: asNumber(found[0]?.['total']), traceIds: found.map((row) => asText(row['trace_id'])) };
}
