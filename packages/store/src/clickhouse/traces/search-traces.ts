import type { TraceQuery, TraceSearchResult, TraceSummary } from '../../contract.ts';
import { type FailedSpanOfTrace, failureCause, MAX_FAILED_SPANS } from '../../populations/failure-cause.ts';
import { compileConditions, compileText } from '../shared/conditions.ts';
import {
  asBigInt,
  asList,
  asNumber,
  asText,
  type ClickHouseContext,
  NANOS,
  ofTenant,
  type Row,
  rangeOf,
  select,
  tableOf,
  time,
  where,
} from '../shared/context.ts';
import { EXCEPTION } from '../shared/exception.ts';
import { DURATION } from '../shared/fields.ts';
import { ofTraces } from './trace-rows.ts';

/** How far outside a range other spans of its traces may be. */
const MARGIN_NANOS = 600_000_000_000n;

/** Number of failed spans of a trace that the server collects, of which it returns the first ones. */
const MAX_COLLECTED = 10_000;

/** Conditions that a span must satisfy to match a query. */
export type MatchQuery = Pick<TraceQuery, 'tenant' | 'start' | 'end' | 'conditions' | 'text'>;

/** Returns the traces with a span in the range that matches all conditions. */
export async function searchTraces(context: ClickHouseContext, query: TraceQuery): Promise<TraceSearchResult> {
  if (query.end <= query.start) return { total: 0, traces: [] };
  const found = await select(
    context,
    query.orderBy === 'time' ? newestText(context, query) : longestText(context, query),
  );
  const traceIds = found.map((row) => asText(row['trace']));
  if (traceIds.length === 0) return { total: 0, traces: [] };
  const byTrace = new Map((await summarize(context, query, traceIds)).map((one) => [one.traceId, one]));
  const traces = traceIds.flatMap((traceId) => byTrace.get(traceId) ?? []);
  return {
    total: asNumber(found[0]?.['total']),
    traces: query.orderBy === 'time' ? traces.sort(latestFirst) : traces,
  };
}

/** Returns the conditions of spans that match a query. */
export function matchConditions(query: MatchQuery): readonly string[] {
  return [
    ...rangeOf(query),
    ...compileConditions(query.conditions, 'traces'),
    ...(query.text ? [compileText(query.text, ['SpanName', 'StatusMessage'], 'traces')] : []),
  ];
}

/** Returns conditions for the spans near a range, which complete its traces. */
export function aroundRange({ tenant, start, end }: MatchQuery): readonly string[] {
  return [ofTenant(tenant), `Timestamp >= ${time(start - MARGIN_NANOS)}`, `Timestamp < ${time(end + MARGIN_NANOS)}`];
}

function newestText(context: ClickHouseContext, query: TraceQuery): string {
  return (
    `SELECT TraceId AS trace, count() OVER () AS total FROM ${tableOf(context, 'traces')} ` +
    `${where(matchConditions(query))} GROUP BY TraceId ORDER BY min(Timestamp) DESC, TraceId LIMIT ${query.limit}`
  );
}

function longestText(context: ClickHouseContext, query: TraceQuery): string {
  const table = tableOf(context, 'traces');
  const hits = `SELECT TraceId FROM ${table} ${where(matchConditions(query))}`;
  return (
    `SELECT TraceId AS trace, count() OVER () AS total FROM ${table} ` +
    `${where([...aroundRange(query), `TraceId IN (${hits})`])} GROUP BY TraceId ` +
    `ORDER BY max(${NANOS} + ${DURATION}) - min(${NANOS}) DESC, TraceId LIMIT ${query.limit}`
  );
}

async function summarize(
  context: ClickHouseContext,
  { tenant }: TraceQuery,
  traceIds: readonly string[],
): Promise<readonly TraceSummary[]> {
  const isRoot = "ParentSpanId = ''";
  const isFailed = "StatusCode = 'Error'";
  const operation = '(toString(ServiceName), toString(SpanName))';
  const [type, message] = [`${EXCEPTION}['exception.type']`, `${EXCEPTION}['exception.message']`];
  const failed = [
    ...[NANOS, 'SpanId', 'ParentSpanId', DURATION, 'toString(ServiceName)'],
    ...[type, `if(${message} != '', ${message}, StatusMessage)`],
  ];
  const columns = [
    'TraceId AS trace',
    `min(${NANOS}) AS begin`,
    `max(${NANOS} + ${DURATION}) AS until`,
    'count() AS spans',
    `countIf(${isFailed}) AS errors`,
    'arraySort(groupUniqArray(toString(ServiceName))) AS services',
    `if(countIf(${isRoot}) > 0, argMinIf(${operation}, Timestamp, ${isRoot}), argMin(${operation}, Timestamp)) AS root`,
    `arraySlice(arraySort(groupArrayIf(${MAX_COLLECTED})((${failed.join(', ')}), ${isFailed})), 1, ${MAX_FAILED_SPANS}) AS failures`,
  ];
  const text =
    `SELECT ${columns.join(', ')} FROM ${tableOf(context, 'traces')} ` +
    `${where(ofTraces(context, tenant, traceIds))} GROUP BY TraceId`;
  return (await select(context, text)).map(summaryOf);
}

function summaryOf(row: Row): TraceSummary {
  const start = asBigInt(row['begin']);
  const [rootService, rootName] = asList(row['root']).map(asText);
  const errorCount = asNumber(row['errors']);
  return {
    traceId: asText(row['trace']),
    rootService: rootService ?? '',
    rootName: rootName ?? '',
    start,
    durationNanos: Number(asBigInt(row['until']) - start),
    spanCount: asNumber(row['spans']),
    errorCount,
    services: asList(row['services']).map(asText),
    error: failureCause(asList(row['failures']).map(failedSpanOf)),
  };
}

function failedSpanOf(tuple: unknown): FailedSpanOfTrace {
  const [start, spanId, parentSpanId, duration, service, type, message] = asList(tuple);
  return {
    start: asBigInt(start),
    spanId: asText(spanId),
    parentSpanId: asText(parentSpanId),
    durationNanos: asBigInt(duration),
    service: asText(service),
    exception: () => ({ type: asText(type), message: asText(message) }),
  };
}

/** Compares traces by their start, the latest first. */
function latestFirst(a: TraceSummary, b: TraceSummary): number {
  return a.start > b.start ? -1 : a.start < b.start ? 1 : 0;
}
