import type { Distribution } from '../../metrics/distribution.ts';
import type { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { PointFields } from '../../metrics/point-fields.ts';
import { encodeExemplar } from '../../metrics/write-points.ts';

/** The base class of all series. A series is one combination of a metric's dimensions. */
export abstract class Series {
  /** Encoded data point attributes. */
  readonly attributes: Uint8Array;
  readonly startTimeUnixNano: bigint;
  /** Whether it counts the combinations beyond the limit. */
  readonly isOverflow: boolean;
  /** Monotonic time of the most recent span, in milliseconds. */
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

  /** Size of the state in bytes, excluding attributes. */
  abstract get sizeBytes(): number;

  /** Writes the data point. `isFinal` indicates that no more points follow. */
  abstract write(writer: MetricsWriter, point: PointFields, options: { readonly isFinal: boolean }): void;

  /** Reports whether there is space for another exemplar. */
  acceptsExemplar(max: number): boolean {
    return !this.isOverflow && this.#exemplars.length < max;
  }

  addExemplar(exemplar: Exemplar): void {
    this.#exemplars.push(exemplar);
  }

  clearExemplars(): void {
    if (this.#exemplars.length > 0) this.#exemplars = [];
  }

  /** Returns the exemplars, encoded with the data point's time. */
  exemplarsAt(timeUnixNano: bigint): readonly Uint8Array[] {
    return this.#exemplars.map((exemplar) => encodeExemplar({ timeUnixNano, ...exemplar }));
  }
}

/** The start of a series. */
export interface SeriesStart {
  readonly attributes: Uint8Array;
  readonly startTimeUnixNano: bigint;
  readonly isOverflow: boolean;
  readonly nowMillis: number;
}

/** A span used as an exemplar. */
export interface Exemplar {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly value: number;
}

/** Counts spans or events. */
export class SumSeries extends Series {
  #count = 0;
  /** Whether nothing has been emitted yet. A cumulative sum is first emitted as 0 so that receivers see its increase. */
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

/** Counts durations in buckets. */
export class DurationSeries extends Series {
  readonly #distribution: Distribution;

  constructor(start: SeriesStart, distribution: Distribution) {
    super(start);
    this.#distribution = distribution;
  }

  get sizeBytes(): number {
    return this.#distribution.sizeBytes;
  }

  add(value: number, count: number): void {
    this.#distribution.record(value, count);
  }

  write(writer: MetricsWriter, point: PointFields): void {
    this.#distribution.write(writer, point);
  }
}
