import { type AnyJson, attributes, nanos, type RequestJson } from '../json/otlp-json.ts';
import type { OwnMetric, OwnMetrics } from './own-metric.ts';

const CUMULATIVE = 2;

/** Encodes metrics as an OTLP/JSON export request. Metrics without points are left out. */
export function otlpMetrics({ resource, scope, startMillis, nowMillis, metrics }: OwnMetrics): RequestJson {
  const times = { startTimeUnixNano: nanos(startMillis), timeUnixNano: nanos(nowMillis) };
  const encode = ({ name, unit, description, kind, points }: OwnMetric): AnyJson => {
    const dataPoints = points.map((point) => ({
      ...times,
      attributes: attributes(point.attributes),
      ...(Number.isInteger(point.value) ? { asInt: String(point.value) } : { asDouble: point.value }),
    }));
    const data =
      kind === 'counter'
        ? { sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
        : { gauge: { dataPoints } };
    return { name, unit, description, ...data };
  };
  const encoded = metrics.filter(({ points }) => points.length > 0).map(encode);
  return {
    resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope, metrics: encoded }] }],
  };
}
