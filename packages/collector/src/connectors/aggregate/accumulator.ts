import { ExponentialHistogram, type ExponentialHistogramData } from '../../metrics/exponential-histogram.ts';
import { ExactSum } from './exact-sum.ts';

/** The count, exact sum, minimum and maximum of values. With `maxSize`, also their distribution. */
export class Accumulator {
  count = 0;
  readonly sum: ExactSum = new ExactSum();
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  readonly histogram: ExponentialHistogram | undefined;

  /** `maxSize` is the maximum number of buckets; if it is `undefined`, no distribution is recorded. */
  constructor(maxSize: number | undefined) {
    this.histogram = maxSize === undefined ? undefined : new ExponentialHistogram(maxSize);
  }

  /** Adds a finite value. */
  record(value: number | bigint): void {
    const number = Number(value);
    this.count += 1;
    if (typeof value === 'number') this.sum.add(value);
    else this.sum.addInteger(value);
    this.#addRange(number, number);
    this.histogram?.record(number);
  }

  /**
   * Adds the values of a histogram. `terms` are numbers with the same exact sum as the values. If the histogram has no
   * buckets, the distribution is incomplete from then on.
   */
  add(data: ExponentialHistogramData, terms: readonly number[] = [data.sum], hasBuckets = true): void {
    this.count += data.count;
    for (const term of terms) this.sum.add(term);
    this.#addRange(data.min ?? Number.POSITIVE_INFINITY, data.max ?? Number.NEGATIVE_INFINITY);
    if (hasBuckets) this.histogram?.merge(data);
  }

  /** The distribution, if it covers all values. */
  get distribution(): ExponentialHistogram | undefined {
    return this.histogram?.count === this.count ? this.histogram : undefined;
  }

  /** Adds the values of another accumulator, as if they had been recorded here. */
  merge(other: Accumulator): void {
    this.count += other.count;
    this.sum.merge(other.sum);
    this.#addRange(other.min, other.max);
    if (other.histogram !== undefined) this.histogram?.merge(other.histogram);
  }

  #addRange(min: number, max: number): void {
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }
}

/**
 * Estimates the value that `percentile` % of the values do not exceed; `undefined` if there are no values. The estimate
 * lies in the same bucket as the exact value, so its relative error is at most the bucket width.
 */
export function percentileOf(histogram: ExponentialHistogramData, percentile: number): number | undefined {
  const { count, zeroCount, scale, negative, positive } = histogram;
  if (count === 0) return undefined;
  let rank = Math.max(1, Math.ceil(count * (percentile / 100)));
  const within = (value: number): number => Math.min(Math.max(value, histogram.min ?? value), histogram.max ?? value);
  const base = 2 ** -scale;
  // Starting with the values farthest from zero.
  for (let i = negative.bucketCounts.length - 1; i >= 0; i--) {
    const bucket = negative.bucketCounts[i] ?? 0;
    if (bucket >= rank) return within(-(2 ** ((negative.offset + i + 1 - rank / bucket) * base)));
    rank -= bucket;
  }
  if (zeroCount >= rank) return 0;
  rank -= zeroCount;
  for (let i = 0; i < positive.bucketCounts.length; i++) {
    const bucket = positive.bucketCounts[i] ?? 0;
    if (bucket >= rank) return within(2 ** ((positive.offset + i + rank / bucket) * base));
    rank -= bucket;
  }
  return histogram.max;
}
