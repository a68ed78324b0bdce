import type { DataPointView, ExponentialBuckets } from '@otelier/otlp';

/** The mutable buckets of an exponential histogram for one sign. */
export interface MutableBuckets {
  /** Index of the first bucket. */
  offset: number;
  bucketCounts: bigint[];
}

/** The values of an exponential histogram point, with exact counts. */
export interface ExponentialValues {
  count: bigint;
  /** `undefined` if the point has no sum. */
  sum: number | undefined;
  min: number | undefined;
  max: number | undefined;
  scale: number;
  zeroCount: bigint;
  zeroThreshold: number;
  positive: MutableBuckets;
  negative: MutableBuckets;
}

/** Reads the values of an exponential histogram point. */
export function readExponentialValues(point: DataPointView): ExponentialValues {
  return {
    count: point.count ?? 0n,
    sum: point.sum,
    min: point.min,
    max: point.max,
    scale: point.scale ?? 0,
    zeroCount: point.zeroCount ?? 0n,
    zeroThreshold: point.zeroThreshold ?? 0,
    positive: mutable(point.positive),
    negative: mutable(point.negative),
  };
}

function mutable(buckets: ExponentialBuckets | undefined): MutableBuckets {
  return { offset: buckets?.offset ?? 0, bucketCounts: [...(buckets?.bucketCounts ?? [])] };
}
