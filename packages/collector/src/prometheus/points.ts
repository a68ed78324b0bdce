import {
  type AttributeValue,
  type DataPointView,
  type ExemplarView,
  forEachDataPoint,
  type MetricKind,
  type MetricView,
} from '@otelier/otlp';

/** Names and values of attributes, as text. */
export type TextAttributes = readonly (readonly [key: string, value: string])[];

/** A metric whose points are exported to Prometheus. */
export interface ExportedMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricKind;
  readonly isMonotonic: boolean;
  /** 1 delta, 2 cumulative. */
  readonly temporality: number;
  /** The type that the metric had in Prometheus, if it came from there. */
  readonly originalType: string | undefined;
}

/** Where a metric comes from. */
export interface ExportedOrigin {
  readonly resource: TextAttributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeSchemaUrl: string;
  readonly scopeAttributes: TextAttributes;
}

/** The buckets of one sign of an exponential histogram. */
export interface DenseBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** The value of a point. */
export type PointData =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly count: number;
      readonly sum: number | undefined;
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
    }
  | {
      readonly kind: 'exponential';
      readonly count: number;
      readonly sum: number | undefined;
      readonly scale: number;
      readonly zeroCount: number;
      readonly zeroThreshold: number;
      readonly positive: DenseBuckets;
      readonly negative: DenseBuckets;
    }
  | {
      readonly kind: 'summary';
      readonly count: number;
      readonly sum: number;
      readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    };

/** A measurement with its trace. */
export interface ExportedExemplar {
  readonly labels: TextAttributes;
  readonly attributes: TextAttributes;
  readonly value: number;
  readonly timeMillis: number;
}

/** A point that is exported to Prometheus. */
export interface ExportedPoint {
  readonly metric: ExportedMetric;
  readonly origin: ExportedOrigin;
  readonly attributes: TextAttributes;
  readonly timeUnixNano: bigint;
  readonly startTimeUnixNano: bigint;
  readonly isStale: boolean;
  readonly data: PointData;
  readonly exemplars: readonly ExportedExemplar[];
}

/** Calls `visit` with each point of a metrics request. */
export function forEachExportedPoint(request: Uint8Array, visit: (point: ExportedPoint) => void): void {
  let resourceStart = -1;
  let scopeStart = -1;
  let metricStart = -1;
  let origin: ExportedOrigin | undefined;
  let metric: ExportedMetric | undefined;
  forEachDataPoint(request, (point, view) => {
    const { resource, scope } = view;
    if (origin === undefined || resource.start !== resourceStart || scope.start !== scopeStart) {
      origin = originOf(view);
      [resourceStart, scopeStart, metricStart] = [resource.start, scope.start, -1];
    }
    if (metric === undefined || view.start !== metricStart) {
      metric = metricOf(view);
      metricStart = view.start;
    }
    const data = dataOf(point);
    visit({
      metric,
      origin,
      attributes: textAttributes(point.attributes),
      timeUnixNano: point.timeUnixNano,
      startTimeUnixNano: point.startTimeUnixNano,
      isStale: (point.flags & 1) === 1,
      data,
      exemplars: point.exemplars.map(exemplarOf),
    });
  });
}

function originOf({ resource, scope }: MetricView): ExportedOrigin {
  return {
    resource: textAttributes(resource.attributes),
    scopeName: scope.name,
    scopeVersion: scope.version,
    scopeSchemaUrl: scope.schemaUrl,
    scopeAttributes: textAttributes(scope.attributes),
  };
}

function metricOf(view: MetricView): ExportedMetric {
  const original = view.metadata.get('prometheus.type');
  return {
    name: view.name,
    description: view.description,
    unit: view.unit,
    kind: view.kind ?? 'gauge',
    isMonotonic: view.isMonotonic,
    temporality: view.aggregationTemporality,
    originalType: typeof original === 'string' ? original : undefined,
  };
}

function dataOf(point: DataPointView): PointData {
  const count = Number(point.count ?? 0n);
  switch (point.kind) {
    case 'histogram': {
      const bounds = point.explicitBounds ?? [];
      return { kind: 'histogram', count, sum: point.sum, bounds, counts: (point.bucketCounts ?? []).map(Number) };
    }
    case 'exponentialHistogram':
      return {
        kind: 'exponential',
        count,
        sum: point.sum,
        scale: point.scale ?? 0,
        zeroCount: Number(point.zeroCount ?? 0n),
        zeroThreshold: point.zeroThreshold ?? 0,
        positive: bucketsOf(point.positive),
        negative: bucketsOf(point.negative),
      };
    case 'summary':
      return { kind: 'summary', count, sum: point.sum ?? 0, quantiles: point.quantileValues ?? [] };
    default:
      return { kind: 'number', value: Number(point.value ?? 0) };
  }
}

function bucketsOf(buckets: DataPointView['positive']): DenseBuckets {
  return { offset: buckets?.offset ?? 0, counts: (buckets?.bucketCounts ?? []).map(Number) };
}

function exemplarOf(view: ExemplarView): ExportedExemplar {
  const labels: [string, string][] = [];
  if (view.traceId !== '') labels.push(['trace_id', view.traceId]);
  if (view.spanId !== '') labels.push(['span_id', view.spanId]);
  return {
    labels,
    attributes: textAttributes(view.filteredAttributes),
    value: Number(view.value ?? 0),
    timeMillis: Number(view.timeUnixNano / 1_000_000n),
  };
}

function textAttributes(attributes: Iterable<readonly [string, AttributeValue]>): TextAttributes {
  return [...attributes].map(([key, value]) => [key, attributeText(value)]);
}

function attributeText(value: AttributeValue): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
}
