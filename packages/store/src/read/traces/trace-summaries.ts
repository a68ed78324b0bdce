import type { RangeQuery, TraceQuery, TraceSummary } from '../../contract.ts';
import { failureCause, MAX_FAILED_SPANS } from '../../populations/failure-cause.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { compileConditions, compileText } from '../shared/conditions.ts';
import { asBigInt, asList, asNumber, asText, type ReadContext, type Row, select, where } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { statementText } from '../shared/statements.ts';
import { rangeConditions } from '../shared/steps.ts';
import { failedSpanOf } from './span-rows.ts';
import { summarizeRows } from './summarize-rows.ts';

/** A trace with the start of its first span that matches the query. */
export interface FoundTrace {
  readonly summary: TraceSummary;
  readonly firstMatch: bigint | undefined;
}

/** How far outside a range other spans of its traces may be. */
const MARGIN_NANOS = 600_000_000_000n;

/** Returns the files that may contain other spans of the traces in a range. */
export function filesAround(all: Files, { start, end }: RangeQuery): Files {
  return all.overlapping(start - MARGIN_NANOS, end + MARGIN_NANOS);
}

/** Compares traces by their start, the latest first. */
export function latestFirst(a: TraceSummary, b: TraceSummary): number {
  return a.start > b.start ? -1 : a.start < b.start ? 1 : 0;
}

/** Returns conditions that a span must satisfy to match a query. */
export function matchConditions(query: TraceQuery, files: Files, parameters: ParameterBag): readonly string[] {
  const scope = { signal: 'traces', files, parameters } as const;
  return [
    ...rangeConditions(TIME_COLUMN.traces, query, files),
    ...compileConditions(query.conditions, scope),
    ...(query.text ? [compileText(query.text, ['name', 'status_message'], scope)] : []),
  ];
}

/** The span columns from which traces are summarized. */
const SUMMARY_COLUMNS = [
  'trace_id',
  'lower(hex(span_id)) AS span_id',
  'lower(hex(parent_span_id)) AS parent_span_id',
  'parent_span_id IS NULL AS is_root',
  "coalesce(service_name, '') AS service",
  'name',
  'epoch_ns(start_time) AS start',
  'duration_ns',
  "status_code = 'ERROR' AS failed",
  "CASE WHEN status_code = 'ERROR' THEN status_message END AS status_message",
  "CASE WHEN status_code = 'ERROR' THEN events END AS events",
];

/** Summarizes traces: from their rows if these are few, otherwise in the engine. */
export async function summarizeTraces(
  context: ReadContext,
  query: TraceQuery,
  files: Files,
  traceIds: readonly string[],
): Promise<readonly TraceSummary[]> {
  const read = (await summarizeRows(context, files, traceIds)) ?? (await summarize(context, query, files, traceIds));
  return read.map(({ summary }) => summary);
}

/** Returns the start of the first matching span of each trace that has one. */
export async function firstMatches(
  context: ReadContext,
  query: TraceQuery,
  files: Files,
  traceIds: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  if (traceIds.length === 0 || files.isEmpty) return new Map();
  const parameters = new ParameterBag();
  const list = traceIds.map((traceId) => parameters.add(traceId)).join(', ');
  const conditions = [...matchConditions(query, files, parameters), `trace_id IN (${list})`];
  const text = `SELECT trace_id, epoch_ns(min(start_time)) AS time FROM ${files.relation} ${where(conditions)} GROUP BY trace_id`;
  const rows = await select(context, query.tenant, text, parameters);
  return new Map(rows.map((row) => [asText(row['trace_id']), asBigInt(row['time'])]));
}

/** Summarizes traces in the engine, because a single trace can have a million spans. */
export async function summarize(
  context: ReadContext,
  query: TraceQuery,
  files: Files,
  traceIds: readonly string[],
): Promise<readonly FoundTrace[]> {
  const parameters = new ParameterBag();
  const list = traceIds.map((traceId) => parameters.add(traceId)).join(', ');
  const matches = matchConditions(query, files, parameters).join(' AND ') || 'true';
  const columns = [...SUMMARY_COLUMNS, `CASE WHEN ${matches} THEN epoch_ns(start_time) END AS match_start`];
  parameters.set('failed_spans', BigInt(MAX_FAILED_SPANS));
  const rows = `SELECT ${columns.join(', ')} FROM ${files.relation} WHERE trace_id IN (${list})`;
  const text = `WITH rows AS (${rows}) ${statementText('trace-summaries')}`;
  const found = await select(context, query.tenant, text, parameters);
  return found.map((row) => ({
    summary: summaryOf(row),
    firstMatch: row['first_match'] === null ? undefined : asBigInt(row['first_match']),
  }));
}

function summaryOf(row: Row): TraceSummary {
  const start = asBigInt(row['start']);
  const failures = (row['failures'] ?? []) as readonly Row[];
  return {
    traceId: asText(row['trace_id']),
    rootService: asText((row['root'] as Row)['service']),
    rootName: asText((row['root'] as Row)['name']),
    start,
    durationNanos: Number(asBigInt(row['until']) - start),
    spanCount: asNumber(row['spans']),
    errorCount: asNumber(row['errors']),
    services: asList(row['services']).map(asText).sort(),
    error: failureCause(failures.map(failedSpanOf)),
  };
}
