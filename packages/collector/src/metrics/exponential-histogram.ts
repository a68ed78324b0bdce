import {
  type ExponentialBucketCounts,
  ExponentialCounts,
  exponentialBucketIndex,
  MAX_EXPONENTIAL_SCALE,
} from '@otelier/otlp';

/** The contents of an exponential histogram, either an `ExponentialHistogram` or a decoded data point. */
export interface ExponentialHistogramData {
  readonly count: number;
  readonly sum: number;
  readonly zeroCount: number;
  readonly scale: number;
  /** `undefined` if unknown. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly positive: ExponentialBucketCounts;
  readonly negative: ExponentialBucketCounts;
}

/** The maximum number of buckets recommended by the specification, for positive and negative values each. */
export const DEFAULT_MAX_SIZE = 160;

/**
 * Counts values in exponential buckets, at the highest scale at which they fit into `maxSize` buckets each for positive
 * and negative values. The result depends only on the values, not on their order or on how they were distributed across
 * merged histograms. Scales and buckets match those of the Collector (`lightstep/go-expohisto`).
 */
export class ExponentialHistogram implements ExponentialHistogramData {
  readonly positive: ExponentialCounts;
  readonly negative: ExponentialCounts;
  count = 0;
  zeroCount = 0;
  sum = 0;
  min: number | undefined;
  max: number | undefined;
  readonly #maxScale: number;
  #scale: number;

  /** `maxSize` is clamped to the range from 2 to 16,384; zero and negative values mean the default, as in the Collector. */
  constructor(maxSize = DEFAULT_MAX_SIZE, maxScale = MAX_EXPONENTIAL_SCALE) {
    const size = maxSize <= 0 ? DEFAULT_MAX_SIZE : Math.min(Math.max(maxSize, MIN_MAX_SIZE), MAX_MAX_SIZE);
    this.positive = new ExponentialCounts(size);
    this.negative = new ExponentialCounts(size);
    this.#maxScale = maxScale;
    this.#scale = maxScale;
  }

  /** The scale; 0 if the buckets are empty. */
  get scale(): number {
    return this.count === this.zeroCount ? 0 : this.#scale;
  }

  /** Adds `count` occurrences of a value. Ignores NaN, which has no bucket. */
  record(value: number, count = 1): void {
    if (count <= 0 || Number.isNaN(value)) return;
    this.#addTotals(count, value * count, value, value);
    if (value === 0) this.zeroCount += count;
    else if (value > 0) this.#add(this.positive, value, count);
    else this.#add(this.negative, -value, count);
  }

  /** Adds the values of another histogram, as if they had been recorded here. */
  merge(other: ExponentialHistogramData): void {
    this.#addTotals(other.count, other.sum, other.min, other.max);
    this.zeroCount += other.zeroCount;
    const positive = new FilledRange(other.positive);
    const negative = new FilledRange(other.negative);
    if (positive.isEmpty && negative.isEmpty) return;
    // A histogram with empty buckets has the maximum scale.
    this.#reduceScale(Math.max(0, this.#scale - other.scale));
    const shift = Math.min(other.scale - this.#scale, MAX_SHIFT);
    const excess = Math.max(positive.excess(this.positive, shift), negative.excess(this.negative, shift));
    this.#reduceScale(excess);
    positive.addTo(this.positive, shift + excess);
    negative.addTo(this.negative, shift + excess);
  }

  /** Removes all values but keeps the memory allocated for the buckets. */
  clear(): void {
    this.positive.clear();
    this.negative.clear();
    this.count = 0;
    this.zeroCount = 0;
    this.sum = 0;
    this.min = undefined;
    this.max = undefined;
    this.#scale = this.#maxScale;
  }

  #addTotals(count: number, sum: number, min: number | undefined, max: number | undefined): void {
    this.count += count;
    this.sum += sum;
    if (min !== undefined && (this.min === undefined || min < this.min)) this.min = min;
    if (max !== undefined && (this.max === undefined || max > this.max)) this.max = max;
  }

  #add(buckets: ExponentialCounts, value: number, count: number): void {
    const index = exponentialBucketIndex(value, this.#scale);
    const excess = buckets.excess(index);
    this.#reduceScale(excess);
    buckets.add(index >> excess, count);
  }

  #reduceScale(change: number): void {
    if (change === 0) return;
    this.positive.downscale(change);
    this.negative.downscale(change);
    this.#scale -= change;
  }
}

/** A range of buckets without the empty ones at both ends, which received points may have. */
class FilledRange {
  readonly #offset: number;
  readonly #counts: ArrayLike<number>;
  #first = 0;
  #last: number;

  constructor({ offset, bucketCounts }: ExponentialBucketCounts) {
    this.#offset = offset;
    this.#counts = bucketCounts;
    this.#last = bucketCounts.length - 1;
    while (this.#first <= this.#last && bucketCounts[this.#first] === 0) this.#first++;
    while (this.#last >= this.#first && bucketCounts[this.#last] === 0) this.#last--;
  }

  get isEmpty(): boolean {
    return this.#last < this.#first;
  }

  /**
   * Returns how much further the scale of `target` must be reduced to fit these buckets, shifted down by `shift`
   * scales.
   */
  excess(target: ExponentialCounts, shift: number): number {
    if (this.isEmpty) return 0;
    return target.excess((this.#offset + this.#first) >> shift, (this.#offset + this.#last) >> shift);
  }

  addTo(target: ExponentialCounts, shift: number): void {
    const effective = Math.min(shift, MAX_SHIFT);
    for (let i = this.#first; i <= this.#last; i++) {
      const count = this.#counts[i];
      if (count !== undefined && count > 0) target.add((this.#offset + i) >> effective, count);
    }
  }
}

const MIN_MAX_SIZE = 2;
const MAX_MAX_SIZE = 16_384;
/** JavaScript wraps shift counts of 32 and more. */
const MAX_SHIFT = 31;
