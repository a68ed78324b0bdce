import { ExponentialCounts, exponentialBucketIndex, type TagWriter } from '@otelier/otlp';
import type { Instant } from '../../time.ts';
import { writeExponentialPoint } from '../../wire/histogram.ts';
import type { PointData } from '../../wire/metric.ts';
import { Point, type PointOptions } from './point.ts';

/** The options shared by a stream's exponential histograms. */
export interface ExponentialOptions extends PointOptions {
  /** Maximum number of buckets for positive and for negative values. */
  readonly maxSize: number;
  /** Maximum scale, which is the highest resolution. */
  readonly maxScale: number;
  readonly recordMinMax: boolean;
}

/**
 * Counts values in exponential buckets at the highest resolution that their range allows (OpenTelemetry specification,
 * "Base2 Exponential Bucket Histogram Aggregation").
 */
export class ExponentialHistogramPoint extends Point<ExponentialOptions> {
  readonly #positive: ExponentialCounts;
  readonly #negative: ExponentialCounts;
  #scale: number;
  #count = 0;
  #zeroCount = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(attributes: Uint8Array, start: Instant, options: ExponentialOptions) {
    super(attributes, start, options);
    this.#positive = new ExponentialCounts(options.maxSize);
    this.#negative = new ExponentialCounts(options.maxSize);
    this.#scale = options.maxScale;
  }

  record(value: number): number {
    this.isRecorded = true;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value > 0) this.#add(this.#positive, value);
    else if (value < 0) this.#add(this.#negative, -value);
    else this.#zeroCount++;
    return 0;
  }

  protected encode(writer: TagWriter, data: PointData): void {
    const { hasNegative, recordMinMax } = this.options;
    const hasMinMax = recordMinMax && this.#count > 0;
    writeExponentialPoint(writer, {
      ...data,
      count: this.#count,
      zeroCount: this.#zeroCount,
      // Without buckets, the scale is meaningless. opentelemetry-js writes 0.
      scale: this.#count === this.#zeroCount ? 0 : this.#scale,
      positive: this.#positive,
      negative: this.#negative,
      sum: hasNegative ? undefined : this.#sum,
      min: hasMinMax ? this.#min : undefined,
      max: hasMinMax ? this.#max : undefined,
    });
  }

  protected reset(): void {
    this.#positive.clear();
    this.#negative.clear();
    this.#scale = this.options.maxScale;
    this.#count = 0;
    this.#zeroCount = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #add(buckets: ExponentialCounts, value: number): void {
    const index = exponentialBucketIndex(value, this.#scale);
    const change = buckets.excess(index);
    if (change > 0) {
      this.#positive.downscale(change);
      this.#negative.downscale(change);
      this.#scale -= change;
    }
    buckets.add(index >> change, 1);
  }
}
