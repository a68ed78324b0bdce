import type { TagWriter } from '@otelier/otlp';
import type { Instant } from '../../time.ts';
import type { PointData } from '../../wire/metric.ts';
import type { ExemplarReservoir } from '../exemplars.ts';

/** What the points of a stream share. */
export interface PointOptions {
  readonly isInteger: boolean;
  /** Whether sums are monotonic. */
  readonly isMonotonic: boolean;
  readonly isDelta: boolean;
  /** Whether values may be negative. Then the sums of histograms are omitted. */
  readonly hasNegative: boolean;
}

/** Measurements with the same attributes. Fields are plain so that measurements allocate nothing. */
export abstract class Point<O extends PointOptions = PointOptions> {
  /** Encoded once and copied by every collection. */
  readonly attributes: Uint8Array;
  protected readonly options: O;
  /** Time of the first measurement, or of the earliest possible one. Delta points start with their interval instead. */
  #start: Instant;
  /** Whether there is something to report: a measurement, for deltas and observations since the last report. */
  isRecorded = false;
  /** Whether a bound instrument references the point. Such points are never evicted. */
  isBound = false;
  reservoir: ExemplarReservoir | undefined = undefined;

  constructor(attributes: Uint8Array, start: Instant, options: O) {
    this.attributes = attributes;
    this.#start = start;
    this.options = options;
  }

  /** Records a measurement. Returns the index of its bucket in an explicit histogram, otherwise 0. */
  abstract record(value: number): number;

  /** Writes the point at the end of the interval that started at `intervalStart`. */
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

  /** Called after the point was reported. */
  afterReport(): void {
    if (this.options.isDelta) this.reset();
  }

  protected abstract encode(writer: TagWriter, data: PointData): void;

  /** Resets the value of a delta point. */
  protected abstract reset(): void;

  /** Whether the reported value was reset during the last interval. */
  protected hasRestarted(): boolean {
    return false;
  }
}
