import { CUSTOM_BUCKETS } from './bounds.ts';
import { type Buckets, copyBuckets, NO_BUCKETS, scaleBuckets } from './buckets.ts';

/** What is known about a counter reset before a histogram; `gauge` if it is not a counter. */
export type ResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** A native histogram: exponential, or with custom upper bounds. Histograms are immutable once they are in a result. */
export interface FloatHistogram {
  readonly hint: ResetHint;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  /** Upper bounds of custom buckets, without the last one, which is infinite. */
  readonly customValues: readonly number[];
}

export const EMPTY_HISTOGRAM: FloatHistogram = {
  hint: 'unknown',
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  customValues: [],
};

/** Reports whether a histogram has custom buckets. */
export function isCustom({ schema }: FloatHistogram): boolean {
  return schema === CUSTOM_BUCKETS;
}

/** Returns a histogram with all counts and the sum multiplied. A negative factor makes it a gauge. */
export function multiply(histogram: FloatHistogram, factor: number): FloatHistogram {
  return scaled(histogram, factor < 0, (value) => value * factor);
}

/** Returns a histogram with all counts and the sum divided. Division by zero leaves no buckets. */
export function divide(histogram: FloatHistogram, divisor: number): FloatHistogram {
  const divided = scaled(histogram, divisor < 0, (value) => value / divisor);
  return divisor === 0 ? { ...divided, hint: histogram.hint, positive: NO_BUCKETS, negative: NO_BUCKETS } : divided;
}

function scaled(histogram: FloatHistogram, becomesGauge: boolean, f: (value: number) => number): FloatHistogram {
  return {
    ...histogram,
    hint: becomesGauge ? 'gauge' : histogram.hint,
    zeroCount: f(histogram.zeroCount),
    count: f(histogram.count),
    sum: f(histogram.sum),
    positive: scaleBuckets(histogram.positive, f),
    negative: scaleBuckets(histogram.negative, f),
  };
}

/** Returns a histogram without empty buckets. */
export function compact(histogram: FloatHistogram): FloatHistogram {
  const { positive, negative } = histogram;
  if (!positive.counts.includes(0) && !negative.counts.includes(0)) return histogram;
  return { ...histogram, positive: copyBuckets(positive, isUsed), negative: copyBuckets(negative, isUsed) };
}

function isUsed(count: number): boolean {
  return count !== 0;
}

/** Reports whether two histograms are equal, whatever is known about resets. */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    sameNumbers(a.customValues, b.customValues) &&
    sameBuckets(a.positive, b.positive) &&
    sameBuckets(a.negative, b.negative)
  );
}

/** Reports whether two lists have the same numbers. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => Object.is(value, b[index])));
}

function sameBuckets(a: Buckets, b: Buckets): boolean {
  return sameNumbers(a.indexes, b.indexes) && sameNumbers(a.counts, b.counts);
}

/** Reports whether a count or the sum is infinite. */
export function hasOverflow({ zeroCount, count, sum, positive, negative }: FloatHistogram): boolean {
  return [zeroCount, count, sum, ...positive.counts, ...negative.counts].some(isInfinite);
}

function isInfinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/** The approximate number of float samples with the same size in memory, which counts against the limit of a query. */
export function sampleSize({ positive, negative, customValues }: FloatHistogram): number {
  const buckets = positive.indexes.length + negative.indexes.length;
  return Math.ceil((168 + 8 + buckets * 12 + customValues.length * 8) / 16);
}
