import { ExplicitDistribution, ExponentialDistribution } from '../../metrics/distribution.ts';
import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { CounterSum, type CounterType } from './counter-sum.ts';
import type { Observer } from './observers.ts';
import type { StatsdLine } from './parse-line.ts';
import { quantilesOf } from './quantiles.ts';

/** Times of an interval, in nanoseconds since the epoch. */
export interface Interval {
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

/** The values of a metric with the same tags in an interval. */
export interface Series {
  /** Bytes of memory besides the first. */
  readonly sizeBytes: number;
  /** Adds the values of a line that was received at a time. */
  add(line: StatsdLine, receivedUnixNano: bigint): void;
  /** Writes the metric with its points. */
  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes, interval: Interval): void;
}

/** Options for `CounterSeries`. */
export interface CounterOptions {
  readonly type: CounterType;
  readonly isMonotonic: boolean;
  readonly random: () => number;
}

/** Adds up a counter. */
export class CounterSeries implements Series {
  readonly sizeBytes = 0;
  readonly #isMonotonic: boolean;
  readonly #sum: CounterSum;
  #timeUnixNano: bigint | undefined;

  constructor({ type, isMonotonic, random }: CounterOptions) {
    this.#isMonotonic = isMonotonic;
    this.#sum = new CounterSum(type, random);
  }

  add({ values, sampleRate, timeUnixNano }: StatsdLine): void {
    // As in the Collector, the time of the first line counts.
    this.#timeUnixNano ??= timeUnixNano;
    for (const { number } of values) this.#sum.add(number / sampleRate);
  }

  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes, interval: Interval): void {
    const data = { kind: 'sum', temporality: TEMPORALITY.delta, isMonotonic: this.#isMonotonic } as const;
    const timeUnixNano = this.#timeUnixNano || interval.timeUnixNano;
    writer.metric({ name, data }).numberPoint({ attributes, ...interval, timeUnixNano, value: this.#sum.value });
  }
}

/** Keeps the last value of a gauge, and the changes since. */
export class GaugeSeries implements Series {
  readonly sizeBytes = 0;
  #value: number | undefined;
  #timeUnixNano = 0n;

  add({ values }: StatsdLine, receivedUnixNano: bigint): void {
    for (const { number, isChange } of values) {
      if (isChange && this.#value !== undefined) {
        this.#value += number;
        continue;
      }
      this.#value = number;
      this.#timeUnixNano = receivedUnixNano;
    }
  }

  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes): void {
    const point = { attributes, timeUnixNano: this.#timeUnixNano, value: this.#value ?? 0 };
    writer.metric({ name, data: { kind: 'gauge' } }).numberPoint(point);
  }
}

/** Counts the distinct values of a set. */
export class SetSeries implements Series {
  readonly #values = new Set<string>();
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add({ values }: StatsdLine): void {
    for (const { text } of values) {
      if (!this.#values.has(text)) this.#sizeBytes += 48 + text.length;
      this.#values.add(text);
    }
  }

  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes, { timeUnixNano }: Interval): void {
    const point = { attributes, timeUnixNano, value: BigInt(this.#values.size) };
    writer.metric({ name, data: { kind: 'gauge' } }).numberPoint(point);
  }
}

/** Keeps every value of a timing, histogram or distribution as a point of a gauge. */
export class ValuesSeries implements Series {
  readonly #values: number[] = [];
  readonly #times: bigint[] = [];

  get sizeBytes(): number {
    return this.#values.length * 40;
  }

  add({ values }: StatsdLine, receivedUnixNano: bigint): void {
    for (const { number } of values) {
      this.#values.push(number);
      this.#times.push(receivedUnixNano);
    }
  }

  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes): void {
    writer.metric({ name, data: { kind: 'gauge' } });
    for (const [index, value] of this.#values.entries())
      writer.numberPoint({ attributes, timeUnixNano: this.#times[index] ?? 0n, value });
  }
}

/** Makes a summary of values. */
export class SummarySeries implements Series {
  readonly #percentiles: readonly number[];
  readonly #values: number[] = [];
  readonly #weights: number[] = [];

  constructor(percentiles: readonly number[]) {
    this.#percentiles = percentiles;
  }

  get sizeBytes(): number {
    return this.#values.length * 16;
  }

  add({ values, sampleRate }: StatsdLine): void {
    for (const { number } of values) {
      this.#values.push(number);
      this.#weights.push(1 / sampleRate);
    }
  }

  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes, interval: Interval): void {
    let count = 0;
    let sum = 0;
    for (const [index, value] of this.#values.entries()) {
      const weight = this.#weights[index] ?? 1;
      count += weight;
      sum += value * weight;
    }
    const quantileValues = quantilesOf(this.#values, this.#weights, this.#percentiles);
    const point = { attributes, ...interval, count: Math.trunc(count), sum, quantileValues };
    writer.metric({ name, data: { kind: 'summary' } }).summaryPoint(point);
  }
}

/** Makes a histogram of values. */
export class HistogramSeries implements Series {
  readonly #kind: 'histogram' | 'exponentialHistogram';
  readonly #distribution: ExplicitDistribution | ExponentialDistribution;

  constructor(observer: Extract<Observer, { kind: 'explicit' | 'exponential' }>) {
    const isExplicit = observer.kind === 'explicit';
    this.#kind = isExplicit ? 'histogram' : 'exponentialHistogram';
    this.#distribution = isExplicit
      ? new ExplicitDistribution(observer.bounds, true)
      : new ExponentialDistribution(observer.maxSize);
  }

  get sizeBytes(): number {
    return this.#distribution.sizeBytes;
  }

  add({ values, sampleRate }: StatsdLine): void {
    // As in the Collector, a sampled value counts a whole number of times.
    const count = Math.trunc(1 / sampleRate);
    for (const { number } of values) this.#distribution.record(number, count);
  }

  write(writer: MetricsWriter, name: string, attributes: EncodedAttributes, interval: Interval): void {
    writer.metric({ name, data: { kind: this.#kind, temporality: TEMPORALITY.delta } });
    this.#distribution.write(writer, { attributes, ...interval });
  }
}
