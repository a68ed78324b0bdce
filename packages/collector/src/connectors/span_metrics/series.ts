import { ExponentialHistogram } from '../../metrics/exponential-histogram.ts';
import type { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { PointFields } from '../../metrics/point-fields.ts';
import { encodeExemplar } from '../../metrics/write-points.ts';

/** The common part of all series: one combination of dimensions of one metric. */
export abstract class Series {
  /** Encoded attributes of the data points. */
  readonly attributes: Uint8Array;
  readonly startTimeUnixNano: bigint;
  /** Whether it counts the combinations beyond the limit. */
  readonly isOverflow: boolean;
  /** Monotonic time of the last span, in milliseconds. */
  lastSeenMillis: number;
  #exemplars: Exemplar[] = [];

  constructor({ attributes, startTimeUnixNano, isOverflow, nowMillis }: SeriesStart) {
    this.attributes = attributes;
    this.startTimeUnixNano = startTimeUnixNano;
    this.isOverflow = isOverflow;
    this.lastSeenMillis = nowMillis;
  }

  /** Adds a value `count` times. */
  abstract add(value: number, count: number): void;

  /** Size of the state without attributes, in bytes. */
  abstract get sizeBytes(): number;

  /** Writes the data point. `isFinal` means that no further points follow. */
  abstract write(writer: MetricsWriter, point: PointFields, options: { readonly isFinal: boolean }): void;

  /** Whether another exemplar fits. */
  acceptsExemplar(max: number): boolean {
    return !this.isOverflow && this.#exemplars.length < max;
  }

  addExemplar(exemplar: Exemplar): void {
    this.#exemplars.push(exemplar);
  }

  clearExemplars(): void {
    if (this.#exemplars.length > 0) this.#exemplars = [];
  }

  /** The exemplars, encoded with the time of the data point. */
  exemplarsAt(timeUnixNano: bigint): readonly Uint8Array[] {
    return this.#exemplars.map((exemplar) => encodeExemplar({ timeUnixNano, ...exemplar }));
  }
}

/** The beginning of a series. */
export interface SeriesStart {
  readonly attributes: Uint8Array;
  readonly startTimeUnixNano: bigint;
  readonly isOverflow: boolean;
  readonly nowMillis: number;
}

/** A span as exemplar. */
export interface Exemplar {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly value: number;
}

/** Counts spans or events. */
export class SumSeries extends Series {
  #count = 0;
  /** Cumulative sums begin with 0, so that receivers see the first increase. */
  #isFirst: boolean;

  constructor(start: SeriesStart, isDelta: boolean) {
    super(start);
    this.#isFirst = !isDelta;
  }

  get sizeBytes(): number {
    return 0;
  }

  add(_value: number, count: number): void {
    this.#count += count;
  }

  write(writer: MetricsWriter, point: PointFields, { isFinal }: { readonly isFinal: boolean }): void {
    const isFirst = this.#isFirst && !isFinal;
    this.#isFirst = false;
    writer.numberPoint({ ...point, value: isFirst ? 0n : BigInt(this.#count) });
  }
}

/** Counts durations in buckets with fixed bounds. */
export class ExplicitSeries extends Series {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  #count = 0;
  #sum = 0;

  constructor(start: SeriesStart, bounds: Float64Array) {
    super(start);
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get sizeBytes(): number {
    return this.#counts.byteLength;
  }

  add(value: number, count: number): void {
    this.#sum += value * count;
    this.#count += count;
    this.#counts[firstAtLeast(this.#bounds, value)] += count;
  }

  write(writer: MetricsWriter, point: PointFields): void {
    writer.histogramPoint({
      ...point,
      count: this.#count,
      sum: this.#sum,
      bucketCounts: this.#counts,
      explicitBounds: this.#bounds,
    });
  }
}

/** Counts durations in exponential buckets. */
export class ExponentialSeries extends Series {
  readonly #histogram: ExponentialHistogram;

  constructor(start: SeriesStart, maxSize: number) {
    super(start);
    this.#histogram = new ExponentialHistogram(maxSize);
  }

  get sizeBytes(): number {
    // Most durations of a series are within a few powers of two.
    return 512;
  }

  add(value: number, count: number): void {
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

/** Returns the index of the first bound that is not below the value. Bounds may be in any order, as in the Collector. */
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
