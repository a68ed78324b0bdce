import { requestToJson } from '@otelier/otlp';
import type { Attributes, RecordedMetric, RecordedPoint } from '../telemetry.ts';
import { itemsOf, listOf, readAttributes, textOf } from './read-request.ts';

/** A metric of one request. */
interface ReceivedMetric extends RecordedMetric {
  /** Whether points count since the previous request instead of since the start of the program. */
  readonly isDelta: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const KINDS = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'histogram',
  summary: 'summary',
} as const;

/** Reads the metrics of normalized requests, in order of arrival, and combines the points of each time series. */
export function readMetrics(requests: readonly Uint8Array[]): readonly RecordedMetric[] {
  const metrics = new Map<string, RecordedMetric & { readonly points: RecordedPoint[] }>();
  for (const received of requests.flatMap(receivedMetrics)) {
    const { isDelta, points, ...metric } = received;
    const key = JSON.stringify([metric.name, metric.kind, metric.unit, metric.scope, sorted(metric.resource)]);
    const known = metrics.get(key);
    if (known === undefined) metrics.set(key, { ...metric, points: [...points] });
    else for (const point of points) combine(known.points, point, isDelta);
  }
  return [...metrics.values()];
}

function receivedMetrics(request: Uint8Array): readonly ReceivedMetric[] {
  const path = ['resourceMetrics', 'scopeMetrics', 'metrics'] as const;
  return itemsOf(requestToJson('metrics', request), path, (metric, origin) => {
    const field = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((name) => metric[name] !== undefined) ?? 'gauge';
    const data = (metric[field] ?? {}) as Json;
    return {
      ...origin,
      name: textOf(metric['name']),
      unit: textOf(metric['unit']),
      kind: KINDS[field],
      isDelta: data['aggregationTemporality'] === DELTA,
      points: listOf(data['dataPoints']).map(readPoint),
    };
  });
}

/** AGGREGATION_TEMPORALITY_DELTA of OTLP. */
const DELTA = 1;

function readPoint(point: Json): RecordedPoint {
  const { attributes, asInt, asDouble, sum, count } = point;
  return {
    attributes: readAttributes(attributes),
    value: Number(asInt ?? asDouble ?? sum ?? 0),
    count: count === undefined ? undefined : Number(count),
  };
}

/** Adds a point to those of its metric: to the sum so far, or in place of the previous value. */
function combine(points: RecordedPoint[], point: RecordedPoint, isDelta: boolean): void {
  const key = sorted(point.attributes);
  const index = points.findIndex(({ attributes }) => sorted(attributes) === key);
  const known = points[index];
  if (known === undefined) points.push(point);
  else if (!isDelta) points[index] = point;
  else {
    const count = point.count === undefined ? known.count : (known.count ?? 0) + point.count;
    points[index] = { ...known, value: known.value + point.value, count };
  }
}

function sorted(attributes: Attributes): string {
  const entries = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}
