import type { SpanRow, TraceQuery, TraceSearchResult, TraceSummary } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { attributeColumns, jsonAttributes, jsonValue, rowAttributes } from '../shared/attributes.ts';
import { compileConditions, compileText } from '../shared/conditions.ts';
import {
  asBigInt,
  asNumber,
  asOptionalText,
  asText,
  type ReadContext,
  type Row,
  select,
  where,
  withFiles,
} from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { statementText } from '../shared/statements.ts';
import { rangeConditions } from '../shared/steps.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';

/** Maximum distance from the range of other spans of a trace, for selecting the files that determine its duration. */
const MARGIN_NANOS = 600_000_000_000n;

/** Returns traces with a span in the range that matches all conditions. */
export async function searchTraces(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceQuery,
): Promise<TraceSearchResult> {
  await checkPatterns(context, query);
  return withFiles(context, query.tenant, 'traces', async (all) => {
    const files = all.overlapping(query.start, query.end);
    if (files.isEmpty) return { total: 0, traces: [] };
    const { total, traceIds } = await findTraces(context, query, files, all);
    if (traceIds.length === 0) return { total, traces: [] };
    const spans = await spansOfTraces(context, query.tenant, await indexes.select(all, traceIds), traceIds);
    const byTrace = Map.groupBy(spans, (span) => span.traceId);
    const traces = traceIds.flatMap((traceId) => summaryOf(byTrace.get(traceId) ?? []));
    return { total, traces: query.orderBy === 'time' ? traces.sort(latestFirst) : traces };
  });
}

/** Returns all spans of a trace, oldest first. */
export async function trace(
  context: ReadContext,
  indexes: TraceIndexes,
  { tenant, traceId }: { readonly tenant: string; readonly traceId: string },
): Promise<readonly SpanRow[]> {
  return withFiles(context, tenant, 'traces', async (all) => {
    const files = await indexes.select(all, [traceId]);
    if (files.isEmpty) return [];
    const parameters = new ParameterBag();
    const columns = [...SPAN_COLUMNS, ...attributeColumns(files)].join(', ');
    const text = `SELECT ${columns} FROM ${files.relation} WHERE trace_id = ${parameters.add(traceId)}`;
    const rows = await select(context, tenant, text, parameters);
    return rows.map(spanOf).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
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

interface BriefSpan {
  readonly traceId: string;
  readonly isRoot: boolean;
  readonly service: string;
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly failed: boolean;
  readonly message: string;
}

/** Columns for trace summaries. */
const BRIEF_COLUMNS = [
  'trace_id',
  'parent_span_id IS NULL AS is_root',
  'service_name',
  'name',
  'epoch_ns(start_time) AS start',
  'duration_ns',
  "status_code = 'ERROR' AS failed",
  "CASE WHEN status_code = 'ERROR' THEN status_message END AS status_message",
  "CASE WHEN status_code = 'ERROR' THEN events END AS events",
];

async function spansOfTraces(
  context: ReadContext,
  tenant: string,
  files: Files,
  traceIds: readonly string[],
): Promise<readonly BriefSpan[]> {
  const parameters = new ParameterBag();
  const list = traceIds.map((traceId) => parameters.add(traceId)).join(', ');
  const text = `SELECT ${BRIEF_COLUMNS.join(', ')} FROM ${files.relation} WHERE trace_id IN (${list})`;
  const rows = await select(context, tenant, text, parameters);
  return rows.map((row) => ({
    traceId: asText(row['trace_id']),
    isRoot: row['is_root'] === true,
    service: asText(row['service_name']),
    name: asText(row['name']),
    start: asBigInt(row['start']),
    end: asBigInt(row['start']) + asBigInt(row['duration_ns']),
    failed: row['failed'] === true,
    message: messageOf(row),
  }));
}

/** Returns the message of the last exception, or of the status. */
function messageOf(row: Row): string {
  const exception = eventsOf(row['events']).findLast(({ name }) => name === 'exception');
  const message = exception?.attributes['exception.message'];
  return typeof message === 'string' ? message : asText(row['status_message']);
}

function summaryOf(spans: readonly BriefSpan[]): readonly TraceSummary[] {
  const ordered = spans.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const [first] = ordered;
  if (first === undefined) return [];
  const root = ordered.find(({ isRoot }) => isRoot) ?? first;
  const end = ordered.map((span) => span.end).reduce(later);
  const failures = ordered.filter(({ failed }) => failed);
  const [failure] = failures;
  return [
    {
      traceId: first.traceId,
      rootService: root.service,
      rootName: root.name,
      start: first.start,
      durationNanos: Number(end - first.start),
      spanCount: ordered.length,
      errorCount: failures.length,
      services: [...new Set(ordered.map(({ service }) => service))].sort(),
      error: failure && { service: failure.service, message: failure.message },
    },
  ];
}

const SPAN_COLUMNS = [
  'trace_id',
  'lower(hex(span_id)) AS span_id',
  'lower(hex(parent_span_id)) AS parent_span_id',
  'trace_state',
  'name',
  'kind',
  'epoch_ns(start_time) AS start',
  'duration_ns',
  'status_code',
  'status_message',
  'service_name',
  'scope_name',
  'events',
  'links',
  'resource_attributes',
];

function spanOf(row: Row): SpanRow {
  return {
    traceId: asText(row['trace_id']),
    spanId: asText(row['span_id']),
    parentSpanId: asOptionalText(row['parent_span_id']),
    traceState: asOptionalText(row['trace_state']),
    name: asText(row['name']),
    kind: asText(row['kind']),
    start: asBigInt(row['start']),
    durationNanos: asNumber(row['duration_ns']),
    statusCode: asText(row['status_code']),
    statusMessage: asOptionalText(row['status_message']),
    service: asText(row['service_name']),
    scopeName: asText(row['scope_name']),
    attributes: rowAttributes(row),
    resourceAttributes: jsonAttributes(row['resource_attributes']),
    events: eventsOf(row['events']),
    links: linksOf(row['links']),
  };
}

function eventsOf(text: unknown): SpanRow['events'] {
  if (typeof text !== 'string') return [];
  return (jsonValue(text) as unknown as readonly Row[]).map((event) => ({
    time: BigInt((event['time'] as number | bigint | undefined) ?? 0),
    name: asText(event['name']),
    attributes: (event['attributes'] ?? {}) as SpanRow['attributes'],
  }));
}

function linksOf(text: unknown): SpanRow['links'] {
  if (typeof text !== 'string') return [];
  return (jsonValue(text) as unknown as readonly Row[]).map((link) => ({
    traceId: asText(link['trace_id']),
    spanId: asText(link['span_id']),
    attributes: (link['attributes'] ?? {}) as SpanRow['attributes'],
  }));
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
