import type { OwnMetric, OwnMetrics } from '../component/observe/own-metric.ts';
import { type AnyJson, attributes, nanos, type RequestJson } from '../json/otlp-json.ts';

const CUMULATIVE = 2;

/** Encodes metrics as an OTLP/JSON export request. Metrics without points are left out. */
export function otlpMetrics({ resource, scope, startMillis, nowMillis, metrics }: OwnMetrics): RequestJson {
  const times = { startTimeUnixNano: nanos(startMillis), timeUnixNano: nanos(nowMillis) };
  const encode = (metric: OwnMetric): AnyJson => {
    const { name, unit, description } = metric;
    return { name, unit, description, ...dataOf(metric, times) };
  };
  const encoded = metrics.filter(({ points }) => points.length > 0).map(encode);
  return {
    resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope, metrics: encoded }] }],
  };
}

interface PointTimes {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

function dataOf(metric: OwnMetric, times: PointTimes): { readonly [kind: string]: AnyJson } {
  if (metric.kind === 'histogram') {
    const dataPoints = metric.points.map((point) => ({
      ...times,
      attributes: attributes(point.attributes),
      count: String(point.counts.reduce((sum, count) => sum + count, 0)),
      sum: point.sum,
      bucketCounts: point.counts.map(String),
      explicitBounds: metric.bounds,
    }));
    return { histogram: { aggregationTemporality: CUMULATIVE, dataPoints } };
  }
  const dataPoints = metric.points.map((point) => ({
    ...times,
    attributes: attributes(point.attributes),
    ...(Number.isInteger(point.value) ? { asInt: String(point.value) } : { asDouble: point.value }),
  }));
  return metric.kind === 'counter'
    ? { sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
    : { gauge: { dataPoints } };
}
