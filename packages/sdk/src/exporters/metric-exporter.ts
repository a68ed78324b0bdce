import type { TagWriter } from '@otelier/otlp';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Network } from '../client/platform.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import type { InstrumentKind } from '../metrics/instrument.ts';
import { type TemporalityPreference, type TemporalitySelector, temporalitySelector } from '../metrics/temporality.ts';
import type { Scope } from '../scope.ts';
import { encodeBounds, writeExponentialPoint, writeHistogramPoint } from '../wire/histogram.ts';
import {
  ATTRIBUTE_TAGS,
  encodeAttributes,
  encodeMetricHead,
  type MetricShape,
  type PointData,
  writeMetric,
  writeNumberPoint,
} from '../wire/metric.ts';
import { attributeData, encodeGroups, type Grouped, type OfficialResource } from './group.ts';
import { type ExporterOptions, type ExportResult, Sender } from './sender.ts';

/** Options for a metric exporter. Every field is optional. */
export interface MetricExporterOptions extends ExporterOptions {
  /**
   * Default: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, or else `cumulative`. Numbers are
   * `AggregationTemporalityPreference` values of opentelemetry-js.
   */
  readonly temporalityPreference?: TemporalityPreference | 0 | 1 | 2;
  /** Returns the default aggregation for an `InstrumentType`. */
  aggregationPreference?(instrumentType: string): OfficialAggregation;
  /** Environment variables. Default: those of the process. */
  readonly environment?: Environment;
}

/** An opentelemetry-js `AggregationOption`. */
export type OfficialAggregation =
  | { type: 0 | 1 | 2 | 3 }
  | { type: 4; options?: { recordMinMax?: boolean; boundaries: number[] } }
  | { type: 5; options?: { recordMinMax?: boolean; maxSize?: number } };

/** The opentelemetry-js metrics of a resource. */
export interface ResourceMetrics {
  readonly resource: OfficialResource;
  readonly scopeMetrics: readonly { readonly scope: Scope; readonly metrics: readonly OfficialMetric[] }[];
}

/** An opentelemetry-js `MetricData`. `dataPointType` is the kind: histogram, exponential histogram, gauge or sum. */
export type OfficialMetric = {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    /** Value type; 0 means integer. */
    readonly valueType: number;
  };
  /** Aggregation temporality; 0 means delta. */
  readonly aggregationTemporality: number;
} & (
  | { readonly dataPointType: 0; readonly dataPoints: readonly OfficialPoint<OfficialHistogram>[] }
  | { readonly dataPointType: 1; readonly dataPoints: readonly OfficialPoint<OfficialExponentialHistogram>[] }
  | { readonly dataPointType: 2; readonly dataPoints: readonly OfficialPoint<number>[] }
  | { readonly dataPointType: 3; readonly dataPoints: readonly OfficialPoint<number>[]; readonly isMonotonic: boolean }
);

interface OfficialPoint<T> {
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  readonly attributes: Attributes;
  readonly value: T;
}

interface OfficialDistribution {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

interface OfficialHistogram extends OfficialDistribution {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
}

interface OfficialExponentialHistogram extends OfficialDistribution {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
  readonly negative: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

/** An OTLP metric exporter for opentelemetry-js. It replaces that project's own exporters. */
export class MetricExporter {
  readonly #sender: Sender;
  readonly #temporality: TemporalitySelector;
  readonly #aggregation: (instrumentType: string) => OfficialAggregation;

  constructor(options: MetricExporterOptions, network: Network) {
    const { temporalityPreference: preference, environment = processEnvironment() } = options;
    this.#temporality = temporalitySelector(
      'temporalityPreference',
      typeof preference === 'number' ? PREFERENCES[preference] : preference,
      environment,
    );
    this.#aggregation = (type) => options.aggregationPreference?.(type) ?? { type: 0 };
    this.#sender = new Sender('metrics', options, network);
  }

  export({ resource, scopeMetrics }: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    const metrics = scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({ resource, instrumentationScope: scope, metric })),
    );
    this.#sender.export(encodeGroups(metrics, writeOfficialMetric), resultCallback);
  }

  /** Returns the `AggregationTemporality` for an `InstrumentType`. */
  selectAggregationTemporality(instrumentType: string): 0 | 1 {
    // opentelemetry-js instrument types are this library's kinds in uppercase.
    return this.#temporality(instrumentType.toLowerCase() as InstrumentKind) === 'delta' ? 0 : 1;
  }

  /** Returns the `AggregationOption` for an `InstrumentType`. */
  selectAggregation(instrumentType: string): OfficialAggregation {
    return this.#aggregation(instrumentType);
  }

  /** Waits for exports in flight. */
  forceFlush(): Promise<void> {
    return this.#sender.flush();
  }

  shutdown(): Promise<void> {
    return this.#sender.shutdown();
  }
}

function writeOfficialMetric(writer: TagWriter, { metric }: Grouped & { readonly metric: OfficialMetric }): void {
  const { name, description, unit, valueType } = metric.descriptor;
  const shape = shapeOf(metric);
  const data = ({ startTime, endTime, attributes }: OfficialPoint<unknown>): PointData => ({
    attributes: encodeAttributes(ATTRIBUTE_TAGS[shape.kind], attributeData(attributes, 0)),
    start: { seconds: startTime[0], nanos: startTime[1] },
    end: { seconds: endTime[0], nanos: endTime[1] },
    // opentelemetry-js does not support exemplars.
    exemplars: [],
    isInteger: valueType === 0,
  });
  const sizeHintBytes = metric.dataPoints.length * 128;
  writeMetric(writer, encodeMetricHead(name, description, unit), shape, sizeHintBytes, () => {
    switch (metric.dataPointType) {
      case 0:
        for (const point of metric.dataPoints) writeHistogram(writer, data(point), point.value);
        return;
      case 1:
        for (const point of metric.dataPoints) writeExponential(writer, data(point), point.value);
        return;
      case 2:
      case 3:
        for (const point of metric.dataPoints) writeNumberPoint(writer, { ...data(point), value: point.value });
    }
  });
}

function shapeOf(metric: OfficialMetric): MetricShape {
  const isDelta = metric.aggregationTemporality === 0;
  switch (metric.dataPointType) {
    case 0:
      return { kind: 'histogram', isDelta };
    case 1:
      return { kind: 'exponential_histogram', isDelta };
    case 2:
      return { kind: 'gauge' };
    case 3:
      return { kind: 'sum', isDelta, isMonotonic: metric.isMonotonic };
  }
}

function writeHistogram(writer: TagWriter, data: PointData, value: OfficialHistogram): void {
  const { boundaries, counts } = value.buckets;
  writeHistogramPoint(writer, {
    ...data,
    ...distribution(value),
    bounds: encodeBounds(boundaries),
    bucketCounts: counts,
  });
}

function writeExponential(writer: TagWriter, data: PointData, value: OfficialExponentialHistogram): void {
  const { scale, zeroCount, positive, negative } = value;
  writeExponentialPoint(writer, { ...data, ...distribution(value), scale, zeroCount, positive, negative });
}

function distribution({ count, sum, min, max }: OfficialDistribution) {
  return { count, sum, min, max };
}

const PREFERENCES = ['delta', 'cumulative', 'lowmemory'] as const;
