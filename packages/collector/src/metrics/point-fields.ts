import type { ExponentialBuckets } from '@otelier/otlp';
import type { EncodedAttributes } from './encoded-attributes.ts';

/** The fields common to all kinds of data points. */
export interface PointFields {
  /** See `encodeAttributes` and `readEncodedAttributes`. */
  readonly attributes?: EncodedAttributes;
  /** Nanoseconds since the epoch; 0 means unknown. */
  readonly startTimeUnixNano?: bigint;
  /** Nanoseconds since the epoch. */
  readonly timeUnixNano?: bigint;
  /** Bit 0 marks a point with no recorded value. */
  readonly flags?: number;
  /** The contents of `Exemplar` messages, see `encodeExemplar`. Summaries have none. */
  readonly exemplars?: readonly Uint8Array[];
}

/** A gauge or sum data point. */
export interface NumberPointFields extends PointFields {
  /** A `bigint` is an integer, a `number` a double. `undefined` is valid only for points with no recorded value. */
  readonly value: number | bigint | undefined;
}

/** A histogram data point. */
export interface HistogramPointFields extends PointFields {
  readonly count: number | bigint;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** One more than the number of bounds, or empty. */
  readonly bucketCounts: ArrayLike<number | bigint>;
  readonly explicitBounds: ArrayLike<number>;
}

/** An exponential histogram data point. */
export interface ExponentialHistogramPointFields extends PointFields {
  readonly count: number | bigint;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number | bigint;
  readonly zeroThreshold?: number | undefined;
  readonly positive?: ExponentialBuckets | NumberBuckets | undefined;
  readonly negative?: ExponentialBuckets | NumberBuckets | undefined;
}

/** Exponential histogram buckets with counts of at most 53 bits. */
export interface NumberBuckets {
  /** Index of the first bucket. */
  readonly offset: number;
  readonly bucketCounts: ArrayLike<number>;
}

/** A summary data point. */
export interface SummaryPointFields extends PointFields {
  readonly count: number | bigint;
  readonly sum: number;
  readonly quantileValues: readonly { readonly quantile: number; readonly value: number }[];
}
