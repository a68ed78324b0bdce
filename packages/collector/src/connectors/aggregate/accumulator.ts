import { ExponentialHistogram, type ExponentialHistogramData } from '../../metrics/exponential-histogram.ts';
import { ExactSum } from './exact-sum.ts';

/** Number of values, their exact sum, and the smallest and largest. With `maxSize`, also their distribution. */
export class Accumulator {
  count = 0;
  readonly sum: ExactSum = new ExactSum();
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  readonly histogram: ExponentialHistogram | undefined;

  /** Without `maxSize`, the number of buckets, no distribution is kept. */
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
   * Adds the values of a histogram. `terms` are numbers whose exact sum is that of the values. Without buckets, the
   * distribution is incomplete from now on.
   */
  add(data: ExponentialHistogramData, terms: readonly number[] = [data.sum], hasBuckets = true): void {
    this.count += data.count;
    for (const term of terms) this.sum.add(term);
    this.#addRange(data.min ?? Number.POSITIVE_INFINITY, data.max ?? Number.NEGATIVE_INFINITY);
    if (hasBuckets) this.histogram?.merge(data);
  }

  /** The distribution of the values, if it is known of all of them. */
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
 * Returns an estimate of the value below which `percentile` % of the values are, or `undefined` without values. It is in
 * the bucket of the exact one, so that its relative error is at most the width of a bucket.
 */
export function percentileOf(histogram: ExponentialHistogramData, percentile: number): number | undefined {
  const { count, zeroCount, scale, negative, positive } = histogram;
  if (count === 0) return undefined;
  let rank = Math.max(1, Math.ceil(count * (percentile / 100)));
  const within = (value: number): number => Math.min(Math.max(value, histogram.min ?? value), histogram.max ?? value);
  const base = 2 ** -scale;
  // From the values farthest from zero.
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
