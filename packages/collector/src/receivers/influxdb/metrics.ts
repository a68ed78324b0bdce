import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { type MetricFields, MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { HistogramPointFields, NumberPointFields, SummaryPointFields } from '../../metrics/point-fields.ts';

/** A data point with its kind. */
export type InfluxPoint =
  | { readonly kind: 'gauge' | 'sum'; readonly point: NumberPointFields }
  | { readonly kind: 'histogram'; readonly point: HistogramPointFields }
  | { readonly kind: 'summary'; readonly point: SummaryPointFields };

/** The tags of a point, by what they belong to. */
export interface PointOrigin {
  readonly resource: readonly (readonly [string, string])[];
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly isDelta: boolean;
}

/** Namespaces of the semantic conventions for resources. */
const RESOURCE =
  /^(?:aws|browser|cloud|container|deployment|device|faas|gcp|heroku|host|k8s|os|process|service|telemetry|webengine)\.[a-z]/;
const SCOPE_NAMES: ReadonlySet<string> = new Set(['otel.library.name', 'otel.scope.name']);
const SCOPE_VERSIONS: ReadonlySet<string> = new Set(['otel.library.version', 'otel.scope.version']);

/** Divides tags into those of the resource, of the scope and of the point. `own` are tags of the schema. */
export function originOf(tags: ReadonlyMap<string, string>, own: ReadonlySet<string>): PointOrigin {
  const resource: (readonly [string, string])[] = [];
  const attributes: (readonly [string, string])[] = [];
  let scopeName = '';
  let scopeVersion = '';
  let isDelta = false;
  for (const tag of [...tags].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [key, value] = tag;
    if (own.has(key)) continue;
    if (SCOPE_NAMES.has(key)) scopeName = value;
    else if (SCOPE_VERSIONS.has(key)) scopeVersion = value;
    else if (key === 'temporality' && value === 'delta') isDelta = true;
    else if (RESOURCE.test(key)) resource.push(tag);
    else attributes.push(tag);
  }
  return { resource, scopeName, scopeVersion, attributes, isDelta };
}

interface CollectedMetric {
  readonly metric: MetricFields;
  readonly points: InfluxPoint[];
}

/** Collects data points by resource, scope and metric, and encodes them. */
export class PointCollector {
  readonly #resources = new Map<string, Map<string, Map<string, CollectedMetric>>>();
  readonly #origins = new Map<string, PointOrigin>();

  add(name: string, origin: PointOrigin, point: InfluxPoint): void {
    const resourceKey = JSON.stringify(origin.resource);
    const scopeKey = JSON.stringify([origin.resource, origin.scopeName, origin.scopeVersion]);
    this.#origins.set(scopeKey, origin);
    const scopes = getOrAdd(this.#resources, resourceKey, () => new Map<string, Map<string, CollectedMetric>>());
    const metrics = getOrAdd(scopes, scopeKey, () => new Map<string, CollectedMetric>());
    const metricKey = `${point.kind} ${origin.isDelta} ${name}`;
    const create = (): CollectedMetric => ({ metric: metricOf(name, point.kind, origin), points: [] });
    getOrAdd(metrics, metricKey, create).points.push(point);
  }

  /** Returns the request; `undefined` if there are no points. */
  finish() {
    const writer = new MetricsWriter();
    for (const scopes of this.#resources.values()) {
      let hasResource = false;
      for (const [scopeKey, metrics] of scopes) {
        const origin = this.#origins.get(scopeKey);
        if (origin === undefined) continue;
        if (!hasResource) writer.resource(encodeAttributes(origin.resource));
        hasResource = true;
        writer.namedScope(origin.scopeName, origin.scopeVersion);
        for (const { metric, points } of metrics.values()) {
          writer.metric(metric);
          for (const point of points) writePoint(writer, point);
        }
      }
    }
    return writer.finish();
  }
}

function metricOf(name: string, kind: InfluxPoint['kind'], { isDelta }: PointOrigin): MetricFields {
  const temporality = isDelta ? TEMPORALITY.delta : TEMPORALITY.cumulative;
  if (kind === 'sum') return { name, data: { kind, temporality, isMonotonic: true } };
  return { name, data: kind === 'histogram' ? { kind, temporality } : { kind } };
}

function writePoint(writer: MetricsWriter, { kind, point }: InfluxPoint): void {
  if (kind === 'histogram') writer.histogramPoint(point);
  else if (kind === 'summary') writer.summaryPoint(point);
  else writer.numberPoint(point);
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
