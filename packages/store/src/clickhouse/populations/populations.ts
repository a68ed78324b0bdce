import { DataPointView, SpanView } from '@otelier/otlp';
import type { RangeQuery, TraceIdQuery } from '../../contract.ts';
import type {
  MatchingTraces,
  PopulationsCapability,
  SpanValue,
  TraceHeatmap,
  TraceHeatmapQuery,
  TraceReferences,
} from '../../populations/contract.ts';
import { heatmapOf, PER_DECADE } from '../../read/populations/heatmap-cells.ts';
import { bytesOf } from '../decode/groups.ts';
import { pointsFrom, pointsRange, tableOfKind } from '../metrics/points.ts';
import { TIME_NS } from '../schema/layout.ts';
import {
  asBigInt,
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
import { fieldPlace, optionalText } from '../shared/fields.ts';
import { itemRows } from '../shared/item-rows.ts';
import { quoteText } from '../shared/quote.ts';
import { stepsOf } from '../shared/steps.ts';
import { matchConditions } from '../traces/search-traces.ts';
import { comparePopulations } from './compare-populations.ts';
import { failedSpans } from './failed-spans.ts';
import { matchingTraces } from './matching-traces.ts';
import { serviceGraph } from './service-graph.ts';

/** Returns the queries of a store that examine sets of traces. */
export function populationsOf(context: ClickHouseContext): PopulationsCapability {
  return {
    spanValues: (query) => spanValues(context, query),
    traceReferences: (query) => traceReferences(context, query),
    traceHeatmap: (query) => traceHeatmap(context, query),
    serviceGraph: (query) => serviceGraph(context, query),
    failedSpans: (query) => failedSpans(context, query),
    comparePopulations: (query) => comparePopulations(context, query),
  };
}

/** Number of spans whose values are counted. Completion needs the frequent ones, not exact numbers. */
const MAX_SPANS = 1_000_000;

async function spanValues(
  context: ClickHouseContext,
  query: MatchingTraces & { readonly field: string; readonly limit: number },
): Promise<readonly SpanValue[]> {
  const place = fieldPlace(query.field, 'traces');
  if (query.end <= query.start) return [];
  const present = place?.exists === undefined ? [] : [place.exists];
  const text =
    `SELECT value, count() AS spans FROM (SELECT ${optionalText(place)} AS value FROM ${tableOf(context, 'traces')} ` +
    `${where([...matchConditions(query), ...present])} LIMIT ${MAX_SPANS}) WHERE isNotNull(value) ` +
    `GROUP BY value ORDER BY spans DESC, value LIMIT ${query.limit}`;
  return (await select(context, text)).map((row) => ({ value: asText(row['value']), count: asNumber(row['spans']) }));
}

async function traceHeatmap(context: ClickHouseContext, query: TraceHeatmapQuery): Promise<TraceHeatmap> {
  const { times, indexOf } = stepsOf(query);
  const empty = { times, bounds: [], counts: times.map(() => []), failed: times.map(() => []), sampling: 1 };
  if (query.end <= query.start) return empty;
  const { relation, sampling } = await matchingTraces(context, query);
  const text =
    `SELECT least(${query.steps - 1}, greatest(0, ${indexOf('begin')})) AS step, toInt32(floor(log10(greatest(duration, 1)) * ${PER_DECADE})) AS bucket, ` +
    `count() AS items, countIf(failed) AS failures FROM ${relation} GROUP BY step, bucket`;
  const rows = await select(context, text);
  return heatmapOf(rows, times, sampling);
}

/** Maximum number of spans or data points that are returned. */
const MAX_REFERENCES = 200;

async function traceReferences(context: ClickHouseContext, query: TraceIdQuery & RangeQuery): Promise<TraceReferences> {
  if (query.end <= query.start) return { links: [], exemplars: [] };
  const id = quoteText(query.traceId);
  const linking = [...rangeOf(query), `has(\`Links.TraceId\`, ${id})`, `TraceId != ${id}`];
  const spanColumns = ['TraceId', 'SpanId', 'ServiceName', 'SpanName', `${NANOS} AS nanos`, 'item'];
  const links =
    'SELECT TraceId AS trace, SpanId AS span, ServiceName AS service, SpanName AS name, nanos AS begin, item ' +
    `FROM ${itemRows(context, 'traces', spanColumns, linking)} ORDER BY nanos DESC LIMIT ${MAX_REFERENCES}`;
  const columns = ['MetricName', 'MetricUnit', 'ServiceName', TIME_NS, 'item'];
  const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram'] as const;
  const conditions = [...pointsRange(query), `has(\`Exemplars.TraceId\`, ${id})`];
  const points =
    `SELECT kind, MetricName AS metric, MetricUnit AS unit, ServiceName AS service, item ` +
    `FROM ${pointsFrom(context, columns, conditions, kinds)} ORDER BY ${TIME_NS} DESC LIMIT ${MAX_REFERENCES}`;
  const [spans, rows] = await Promise.all([select(context, links), select(context, points)]);
  return {
    links: spans.flatMap((row) => linksIn(row, query.traceId)),
    exemplars: rows.flatMap((row) => exemplarsIn(row, query.traceId)),
  };
}

function linksIn(row: Row, traceId: string): TraceReferences['links'] {
  const span = new SpanView().reset(bytesOf(row['item']));
  return span.links
    .filter((link) => link.traceId === traceId)
    .map((link) => ({
      traceId: asText(row['trace']),
      spanId: asText(row['span']),
      service: asText(row['service']),
      name: asText(row['name']),
      start: asBigInt(row['begin']),
      toSpanId: link.spanId,
    }));
}

function exemplarsIn(row: Row, traceId: string): TraceReferences['exemplars'] {
  const point = new DataPointView().ofKind(tableOfKind(asText(row['kind']))).reset(bytesOf(row['item']));
  return point.exemplars
    .filter((exemplar) => exemplar.traceId === traceId)
    .map((exemplar) => ({
      metric: asText(row['metric']),
      unit: asText(row['unit']),
      service: asText(row['service']),
      time: exemplar.timeUnixNano,
      value: Number(exemplar.value ?? 0),
      spanId: exemplar.spanId,
    }));
}
