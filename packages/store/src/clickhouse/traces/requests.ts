import type {
  Condition,
  Heatmap,
  HeatmapQuery,
  RangeQuery,
  RedQuery,
  RedSeries,
  RouteSummary,
} from '../../contract.ts';
import { MergedRequests } from '../../read/summaries/merge-requests.ts';
import { redSeries, requestHeatmap, routeSummaries } from '../../read/traces/request-results.ts';
import { BUCKETS_PER_DECADE, MICROSECOND_BUCKET } from '../../summaries/durations.ts';
import { compileConditions } from '../shared/conditions.ts';
import {
  asList,
  asNumber,
  asText,
  type ClickHouseContext,
  NANOS,
  type Row,
  rangeOf,
  select,
  tableOf,
  where,
} from '../shared/context.ts';
import { DURATION } from '../shared/fields.ts';
import { quoteText } from '../shared/quote.ts';
import { stepsOf } from '../shared/steps.ts';

type RequestsQuery = RangeQuery & {
  readonly steps: number;
  readonly service?: string;
  readonly conditions?: readonly Condition[];
};

/** Returns request rates, errors and durations in steps, busiest key first. */
export async function red(context: ClickHouseContext, query: RedQuery): Promise<readonly RedSeries[]> {
  return redSeries(await requests(context, query, query.groupBy), query.groupBy, stepsOf(query));
}

/** Returns request counts by step and duration. */
export async function durationHeatmap(context: ClickHouseContext, query: HeatmapQuery): Promise<Heatmap> {
  return requestHeatmap(await requests(context, query, 'none'), stepsOf(query));
}

/** Returns operations by their share of the total request time. */
export async function routes(
  context: ClickHouseContext,
  query: RangeQuery & { readonly service?: string; readonly limit: number },
): Promise<readonly RouteSummary[]> {
  return routeSummaries(await requests(context, { ...query, steps: 1 }, 'operation'), query.limit);
}

const SERVING = "SpanKind IN ('Server', 'Consumer')";

/**
 * Returns the requests in a range by group and step: server and consumer spans, and root spans of services that have
 * neither in the range. The server counts durations in the buckets of the embedded store, so that it never holds all.
 */
export async function requests(
  context: ClickHouseContext,
  query: RequestsQuery,
  by: RedQuery['groupBy'] | 'operation',
): Promise<MergedRequests> {
  const merged = new MergedRequests();
  const { indexOf } = stepsOf(query);
  if (query.end <= query.start) return merged;
  const table = tableOf(context, 'traces');
  const range = [...rangeOf(query), ...serviceCondition(query)];
  const serving = `SELECT ServiceName FROM ${table} ${where([...range, SERVING])}`;
  const conditions = [
    ...range,
    `(${SERVING} OR (ParentSpanId = '' AND ServiceName NOT IN (${serving})))`,
    ...compileConditions(query.conditions ?? [], 'traces'),
  ];
  const columns = [
    by === 'service' || by === 'operation' ? 'toString(ServiceName) AS service' : "'' AS service",
    by === 'route' || by === 'operation' ? 'toString(SpanName) AS name' : "'' AS name",
    `${query.steps === 1 ? '0' : indexOf(NANOS)} AS step`,
    `greatest(${DURATION}, 0) AS duration`,
    `if(duration < 1, 0, toInt32(floor(${BUCKETS_PER_DECADE} * log10((duration + 0.5) / 1000))) + ${MICROSECOND_BUCKET}) AS bucket`,
    "StatusCode = 'Error' AS failed",
  ];
  const cells =
    'SELECT service, name, step, bucket, count() AS items, countIf(failed) AS failures, toFloat64(sum(duration)) AS total, ' +
    `min(duration) AS shortest, max(duration) AS longest FROM (SELECT ${columns.join(', ')} FROM ${table} ${where(conditions)}) ` +
    'GROUP BY service, name, step, bucket';
  const text =
    'SELECT service, name, step, sum(items) AS requests, sum(failures) AS errors, sum(total) AS nanos, ' +
    'min(shortest) AS first, max(longest) AS last, groupArray(bucket) AS buckets, groupArray(items) AS counts ' +
    `FROM (${cells}) GROUP BY service, name, step`;
  for (const row of await select(context, text)) addRow(merged, row);
  return merged;
}

function addRow(merged: MergedRequests, row: Row): void {
  const group = merged.group(asText(row['service']), asText(row['name']));
  const stats = merged.stats(group, asNumber(row['step']));
  const [first, last] = [asNumber(row['first']), asNumber(row['last'])];
  stats.add(asNumber(row['requests']), asNumber(row['errors']), asNumber(row['nanos']), first, last);
  const counts = asList(row['counts']);
  for (const [index, bucket] of asList(row['buckets']).entries()) {
    stats.addBucket(asNumber(bucket), asNumber(counts[index]));
  }
}

/** Returns the condition that selects the spans of a service, if a query has one. */
export function serviceCondition({ service }: { readonly service?: string }): readonly string[] {
  return service === undefined ? [] : [`ServiceName = ${quoteText(service)}`];
}
