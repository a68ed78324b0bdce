import type { ExponentialBuckets } from '@otelier/otlp';
import type { EncodedAttributes } from './encoded-attributes.ts';

/** The fields that data points of all kinds have. */
export interface PointFields {
  /** See `encodeAttributes` and `readEncodedAttributes`. */
  readonly attributes?: EncodedAttributes;
  /** Nanoseconds since the epoch; 0 is unknown. */
  readonly startTimeUnixNano?: bigint;
  /** Nanoseconds since the epoch. */
  readonly timeUnixNano?: bigint;
  /** Bit 0 marks a point without a recorded value. */
  readonly flags?: number;
  /** The contents of `Exemplar` messages, see `encodeExemplar`. Summaries have none. */
  readonly exemplars?: readonly Uint8Array[];
}

/** A point of a gauge or sum. */
export interface NumberPointFields extends PointFields {
  /** A `bigint` is an integer, a `number` a double. `undefined` only for points without a recorded value. */
  readonly value: number | bigint | undefined;
}

/** A point of a histogram. */
export interface HistogramPointFields extends PointFields {
  readonly count: number | bigint;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** One more than there are bounds, or none. */
  readonly bucketCounts: ArrayLike<number | bigint>;
  readonly explicitBounds: ArrayLike<number>;
}

/** A point of an exponential histogram. */
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

/** Buckets of an exponential histogram with counts of at most 53 bits. */
export interface NumberBuckets {
  /** Index of the first bucket. */
  readonly offset: number;
  readonly bucketCounts: ArrayLike<number>;
}

/** A point of a summary. */
export interface SummaryPointFields extends PointFields {
  readonly count: number | bigint;
  readonly sum: number;
  readonly quantileValues: readonly { readonly quantile: number; readonly value: number }[];
}
