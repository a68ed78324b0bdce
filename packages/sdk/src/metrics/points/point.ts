import type { Instant } from '../../time.ts';
import type { PointData } from '../../wire/metric.ts';
import type { Writer } from '../../wire/writer.ts';
import type { ExemplarReservoir } from '../exemplars.ts';

/** What the points of one stream have alike. */
export interface PointOptions {
  readonly isInteger: boolean;
  /** Whether sums only grow. */
  readonly isMonotonic: boolean;
  readonly isDelta: boolean;
  /** Whether values below zero may come: then sums of histograms say nothing, and are left out. */
  readonly hasNegative: boolean;
}

/**
 * What has been measured with the same attributes. Plain fields: a measurement changes them and allocates nothing.
 */
export abstract class Point<O extends PointOptions = PointOptions> {
  /** Encoded once; a collection copies them. */
  readonly attributes: Uint8Array;
  protected readonly options: O;
  /** When the first measurement came or could have come; a delta starts with its interval instead. */
  #start: Instant;
  /** Whether there is something to report: something has been measured, for deltas and observations since the last report. */
  isRecorded = false;
  /** Whether somebody keeps it to record without looking for it; then it is never forgotten. */
  isBound = false;
  reservoir: ExemplarReservoir | undefined = undefined;

  constructor(attributes: Uint8Array, start: Instant, options: O) {
    this.attributes = attributes;
    this.#start = start;
    this.options = options;
  }

  /** Takes a measurement, and gives the index of the bucket of an explicit histogram that it fell into, otherwise 0. */
  abstract record(value: number): number;

  /** Writes the point, at the end of the interval that has begun at `intervalStart`. */
  write(writer: Writer, intervalStart: Instant, end: Instant): void {
    if (this.hasRestarted()) this.#start = intervalStart;
    this.encode(writer, {
      attributes: this.attributes,
      start: this.options.isDelta ? intervalStart : this.#start,
      end,
      exemplars: this.reservoir?.collect() ?? [],
      isInteger: this.options.isInteger,
    });
  }

  /** The point has been reported. */
  settle(): void {
    if (this.options.isDelta) this.reset();
  }

  protected abstract encode(writer: Writer, data: PointData): void;

  /** Begins anew, for a delta. */
  protected abstract reset(): void;

  /** Whether what is reported has begun anew in the last interval. */
  protected hasRestarted(): boolean {
    return false;
  }
}
