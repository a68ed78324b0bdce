import type { Attributes, MetricKind, RangeQuery } from './values.ts';

/** Selects the streams of metrics. */
export interface MetricStreamsQuery extends RangeQuery {
  /** Exact names of metrics. Without it, all metrics. */
  readonly names?: readonly string[];
  /** Maximum number of streams. A query with more fails with a `QueryLimitError`. */
  readonly limit: number;
}

/** A stream of data points: a metric with one set of resource, scope and point attributes. */
export interface MetricStream {
  /** Identifies the stream in this store. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricKind;
  readonly monotonic: boolean;
  readonly temporality: 'delta' | 'cumulative' | 'unspecified';
  readonly scopeName: string;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
  /** Times of the first and last point in the range, in milliseconds. */
  readonly first: number;
  readonly last: number;
}

/** Selects the points of streams, as `metricStreams` returned them. */
export interface MetricSamplesQuery extends RangeQuery {
  readonly streams: readonly MetricStream[];
  /** Maximum number of points. A query with more fails with a `QueryLimitError`. */
  readonly limit: number;
  /** Whether exemplars are returned. */
  readonly exemplars?: boolean;
  /** Whether the start times of gauges and sums are not needed, and may be returned as 0. */
  readonly withoutStartTimes?: boolean;
}

/** What the name of a metric in other systems depends on. */
export type MetricIdentity = Pick<MetricStream, 'name' | 'unit' | 'kind' | 'monotonic'>;

/** The points of a stream as columns, in time order. Times are milliseconds since the epoch. */
export interface MetricSamples {
  readonly stream: MetricStream;
  readonly times: Float64Array;
  /** Times from which sums and histograms count; 0 if unknown. */
  readonly startTimes: Float64Array;
  /** Values of gauges and sums; NaN for other kinds. */
  readonly values: Float64Array;
  /** 1 for a point without a recorded value, which ends a series. */
  readonly stale: Uint8Array;
  /** The points of histograms and summaries. */
  readonly distributions: readonly Distribution[] | undefined;
  readonly exemplars: readonly PointExemplar[];
}

/** The observations that a point of a histogram or summary counts. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  /** Of an explicit histogram. */
  readonly bounds: readonly number[];
  readonly bucketCounts: readonly number[];
  /** Of an exponential histogram. */
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  /** Of a summary. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** Counts of consecutive exponential buckets, from an offset on. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface PointExemplar {
  readonly time: number;
  readonly value: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** The parts of a store that return metrics as they were recorded. */
export interface SamplesCapability {
  /** Returns the metrics that have points in the range, and possibly others that have points near it. */
  metricIdentities(query: RangeQuery): Promise<readonly MetricIdentity[]>;
  /** Returns the streams that have points in the range. */
  metricStreams(query: MetricStreamsQuery): Promise<readonly MetricStream[]>;
  /** Returns the points of streams in the range. Streams without points are left out. */
  metricSamples(query: MetricSamplesQuery): Promise<readonly MetricSamples[]>;
}
