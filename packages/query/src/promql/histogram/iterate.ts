import { boundOf } from './bounds.ts';
import { type FloatHistogram, isCustom } from './float-histogram.ts';

/** A bucket with its bounds. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly includesLower: boolean;
  readonly includesUpper: boolean;
  readonly count: number;
  readonly index: number;
}

/** Returns the positive buckets in ascending order. */
export function positiveBuckets(histogram: FloatHistogram): Bucket[] {
  const { positive, schema, customValues } = histogram;
  return positive.indexes.map((index, position) => {
    const lower = boundOf(index - 1, schema, customValues);
    const upper = boundOf(index, schema, customValues);
    const includesLower = isCustom(histogram) ? index === 0 : lower < 0;
    const includesUpper = isCustom(histogram) || upper > 0;
    return { lower, upper, includesLower, includesUpper, count: positive.counts[position] ?? 0, index };
  });
}

/** Returns the negative buckets, the one closest to zero first. */
export function negativeBuckets({ negative, schema, customValues }: FloatHistogram): Bucket[] {
  return negative.indexes.map((index, position) => {
    const lower = -boundOf(index, schema, customValues);
    const upper = -boundOf(index - 1, schema, customValues);
    const count = negative.counts[position] ?? 0;
    return { lower, upper, includesLower: lower < 0, includesUpper: upper > 0, count, index };
  });
}

/** Returns the zero bucket. */
export function zeroBucket({ zeroThreshold, zeroCount }: FloatHistogram): Bucket {
  const bounds = { lower: -zeroThreshold, upper: zeroThreshold, includesLower: true, includesUpper: true };
  return { ...bounds, count: zeroCount, index: 0 };
}

/** Returns all buckets in ascending order. Buckets that overlap the zero bucket end where it begins. */
export function allBuckets(histogram: FloatHistogram): Bucket[] {
  const { zeroThreshold } = histogram;
  const outside = (bucket: Bucket): Bucket => {
    if (bucket.upper < 0 && bucket.upper > -zeroThreshold) return { ...bucket, upper: -zeroThreshold };
    if (bucket.lower > 0 && bucket.lower < zeroThreshold) return { ...bucket, lower: zeroThreshold };
    return bucket;
  };
  return [
    ...negativeBuckets(histogram).reverse().map(outside),
    ...(histogram.zeroCount > 0 ? [zeroBucket(histogram)] : []),
    ...positiveBuckets(histogram).map(outside),
  ];
}

/** Returns the fraction of a bucket's range that is below a value. */
export function fractionBelow({ lower, upper }: Bucket, value: number, isLinear: boolean): number {
  if (isLinear) return (value - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}
