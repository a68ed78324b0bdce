import type { TagWriter } from '@otelier/otlp';
import type { Instant } from '../../time.ts';
import { writeHistogramPoint } from '../../wire/histogram.ts';
import type { PointData } from '../../wire/metric.ts';
import { Point, type PointOptions } from './point.ts';

/** The options shared by a stream's histograms. */
export interface BucketOptions extends PointOptions {
  /** Boundaries, in increasing order. Each bucket includes its upper boundary. */
  readonly boundaries: Float64Array;
  /** The boundaries, encoded as a field of a data point. */
  readonly bounds: Uint8Array;
  readonly recordMinMax: boolean;
}

/** Counts values in buckets with explicit boundaries. */
export class HistogramPoint extends Point<BucketOptions> {
  readonly #boundaries: Float64Array;
  readonly #bucketCounts: Float64Array;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(attributes: Uint8Array, start: Instant, options: BucketOptions) {
    super(attributes, start, options);
    this.#boundaries = options.boundaries;
    // Doubles, because 32-bit counters could overflow within hours.
    this.#bucketCounts = new Float64Array(options.boundaries.length + 1);
  }

  record(value: number): number {
    const boundaries = this.#boundaries;
    let low = 0;
    let high = boundaries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (boundaries[middle] < value) low = middle + 1;
      else high = middle;
    }
    this.#bucketCounts[low]++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.isRecorded = true;
    return low;
  }

  protected encode(writer: TagWriter, data: PointData): void {
    const { bounds, hasNegative, recordMinMax } = this.options;
    const count = this.#bucketCounts.reduce((sum, bucket) => sum + bucket, 0);
    const hasMinMax = recordMinMax && count > 0;
    writeHistogramPoint(writer, {
      ...data,
      bounds,
      bucketCounts: this.#bucketCounts,
      count,
      sum: hasNegative ? undefined : this.#sum,
      min: hasMinMax ? this.#min : undefined,
      max: hasMinMax ? this.#max : undefined,
    });
  }

  protected reset(): void {
    this.#bucketCounts.fill(0);
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }
}
