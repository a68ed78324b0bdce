import { ExponentialHistogram } from './exponential-histogram.ts';
import type { MetricsWriter } from './metrics-writer.ts';
import type { PointFields } from './point-fields.ts';

/** Counts values in buckets. */
export interface Distribution {
  /** Size of the in-memory state. */
  readonly sizeBytes: number;
  /** Adds a value `count` times. */
  record(value: number, count: number): void;
  /** Writes the data point. */
  write(writer: MetricsWriter, point: PointFields): void;
}

/** Counts values in buckets with fixed boundaries. */
export class ExplicitDistribution implements Distribution {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  readonly #hasExtremes: boolean;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** `bounds` may be in any order, as in the Collector. `hasExtremes` adds the minimum and the maximum to points. */
  constructor(bounds: Float64Array, hasExtremes = false) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.#hasExtremes = hasExtremes;
  }

  get sizeBytes(): number {
    return this.#counts.byteLength;
  }

  record(value: number, count: number): void {
    this.#sum += value * count;
    this.#count += count;
    if (this.#hasExtremes) {
      this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, value);
    }
    this.#counts[firstAtLeast(this.#bounds, value)] += count;
  }

  write(writer: MetricsWriter, point: PointFields): void {
    writer.histogramPoint({
      ...point,
      count: this.#count,
      sum: this.#sum,
      ...(this.#hasExtremes && this.#count > 0 && { min: this.#min, max: this.#max }),
      bucketCounts: this.#counts,
      explicitBounds: this.#bounds,
    });
  }
}

/** Counts values in exponential buckets. */
export class ExponentialDistribution implements Distribution {
  readonly #histogram: ExponentialHistogram;

  constructor(maxSize: number) {
    this.#histogram = new ExponentialHistogram(maxSize);
  }

  get sizeBytes(): number {
    // The durations in a series usually lie within a few powers of two.
    return 512;
  }

  record(value: number, count: number): void {
    this.#histogram.record(value, count);
  }

  write(writer: MetricsWriter, point: PointFields): void {
    const { count, sum, zeroCount, scale, min, max, positive, negative } = this.#histogram;
    writer.exponentialHistogramPoint({
      ...point,
      count,
      sum,
      zeroCount,
      scale,
      min,
      max,
      positive: { offset: positive.offset, bucketCounts: positive.bucketCounts },
      negative: { offset: negative.offset, bucketCounts: negative.bucketCounts },
    });
  }
}

/** Returns the index of the first bound that is greater than or equal to the value. */
function firstAtLeast(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle] >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}
