import type { TagWriter } from '@otelier/otlp';
import type { Instant } from '../../time.ts';
import type { PointData } from '../../wire/metric.ts';
import type { ExemplarReservoir } from '../exemplars.ts';

/** The options shared by a stream's points. */
export interface PointOptions {
  readonly isInteger: boolean;
  /** Whether sums are monotonic. */
  readonly isMonotonic: boolean;
  readonly isDelta: boolean;
  /** Whether values may be negative. If so, histogram sums are omitted. */
  readonly hasNegative: boolean;
}

/** Aggregates measurements with the same attributes. Uses plain fields, so that measurements allocate nothing. */
export abstract class Point<O extends PointOptions = PointOptions> {
  /** The encoded attributes: encoded once and copied by every collection. */
  readonly attributes: Uint8Array;
  protected readonly options: O;
  /** Time of the first measurement, or the earliest time it can have. Delta points start at their interval instead. */
  #start: Instant;
  /**
   * Whether there is something to report. For deltas and observations, whether there was a measurement since the last
   * report.
   */
  isRecorded = false;
  /** Whether a bound instrument references the point. Such points are never evicted. */
  isBound = false;
  reservoir: ExemplarReservoir | undefined = undefined;

  constructor(attributes: Uint8Array, start: Instant, options: O) {
    this.attributes = attributes;
    this.#start = start;
    this.options = options;
  }

  /** Records a measurement. Returns its bucket index in an explicit histogram, otherwise 0. */
  abstract record(value: number): number;

  /** Writes the point for the interval from `intervalStart` to `end`. */
  write(writer: TagWriter, intervalStart: Instant, end: Instant): void {
    if (this.hasRestarted()) this.#start = intervalStart;
    this.encode(writer, {
      attributes: this.attributes,
      start: this.options.isDelta ? intervalStart : this.#start,
      end,
      exemplars: this.reservoir?.collect() ?? [],
      isInteger: this.options.isInteger,
    });
  }

  /** Called after the point has been reported. */
  afterReport(): void {
    if (this.options.isDelta) this.reset();
  }

  protected abstract encode(writer: TagWriter, data: PointData): void;

  /** Resets the value of a delta point. */
  protected abstract reset(): void;

  /** Reports whether the value was reset during the last interval. */
  protected hasRestarted(): boolean {
    return false;
  }
}
