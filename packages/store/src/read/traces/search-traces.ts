import type { TraceQuery, TraceSearchResult, TraceSummary } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { compileConditions, compileText } from '../shared/conditions.ts';
import {
  asBigInt,
  asList,
  asNumber,
  asText,
  type ReadContext,
  type Row,
  select,
  where,
  withRange,
} from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { statementText } from '../shared/statements.ts';
import { rangeConditions } from '../shared/steps.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { eventsOf } from './span-rows.ts';

/**
 * How far outside the range a trace's other spans may be. It determines the files from which trace durations are
 * computed.
 */
const MARGIN_NANOS = 600_000_000_000n;

/** Returns the traces with a span in the range that matches all conditions. */
export async function searchTraces(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceQuery,
): Promise<TraceSearchResult> {
  await checkPatterns(context, query);
  return withRange(context, query, 'traces', { total: 0, traces: [] }, async (files, all) => {
    const { total, traceIds } = await findTraces(context, query, files, all);
    if (traceIds.length === 0) return { total, traces: [] };
    const found = await summaries(context, query.tenant, await indexes.select(all, traceIds), traceIds);
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
  const scope = { signal: 'traces', files, parameters } as const;
  const conditions = [
    ...rangeConditions(TIME_COLUMN.traces, query, files),
    ...compileConditions(query.conditions, scope),
    ...(query.text ? [compileText(query.text, ['name', 'status_message'], scope)] : []),
  ];
  const matching = `FROM ${files.relation} ${where(conditions)}`;
  const around = all.overlapping(query.start - MARGIN_NANOS, query.end + MARGIN_NANOS);
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

function latestFirst(a: TraceSummary, b: TraceSummary): number {
  return a.start > b.start ? -1 : a.start < b.start ? 1 : 0;
}

/** The span columns from which traces are summarized. */
const SUMMARY_COLUMNS = [
  'trace_id',
  'parent_span_id IS NULL AS is_root',
  "coalesce(service_name, '') AS service",
  'name',
  'epoch_ns(start_time) AS start',
  'duration_ns',
  "status_code = 'ERROR' AS failed",
  "CASE WHEN status_code = 'ERROR' THEN status_message END AS status_message",
  "CASE WHEN status_code = 'ERROR' THEN events END AS events",
];

/** Summarizes traces in the engine, because a single trace can have a million spans. */
async function summaries(
  context: ReadContext,
  tenant: string,
  files: Files,
  traceIds: readonly string[],
): Promise<readonly TraceSummary[]> {
  const parameters = new ParameterBag();
  const list = traceIds.map((traceId) => parameters.add(traceId)).join(', ');
  const rows = `SELECT ${SUMMARY_COLUMNS.join(', ')} FROM ${files.relation} WHERE trace_id IN (${list})`;
  const text = `WITH rows AS (${rows}) ${statementText('trace-summaries')}`;
  return (await select(context, tenant, text, parameters)).map(summaryOf);
}

function summaryOf(row: Row): TraceSummary {
  const start = asBigInt(row['start']);
  const failure = row['failure'] as Row | null;
  return {
    traceId: asText(row['trace_id']),
    rootService: asText((row['root'] as Row)['service']),
    rootName: asText((row['root'] as Row)['name']),
    start,
    durationNanos: Number(asBigInt(row['until']) - start),
    spanCount: asNumber(row['spans']),
    errorCount: asNumber(row['errors']),
    services: asList(row['services']).map(asText).sort(),
    error: failure === null ? undefined : { service: asText(failure['service']), message: messageOf(failure) },
  };
}

/** Returns the message of the last exception, or the status message. */
function messageOf(row: Row): string {
  const exception = eventsOf(row['events']).findLast(({ name }) => name === 'exception');
  const message = exception?.attributes['exception.message'];
  return typeof message === 'string' ? message : asText(row['status_message']);
}
