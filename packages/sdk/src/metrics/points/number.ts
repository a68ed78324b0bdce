import { type PointData, writeNumberPoint } from '../../wire/metric.ts';
import type { Writer } from '../../wire/writer.ts';
import { Point } from './point.ts';

/** A point that is one number. */
abstract class NumberPoint extends Point {
  protected value = 0;

  protected encode(writer: Writer, data: PointData): void {
    writeNumberPoint(writer, { ...data, value: this.reported() });
  }

  protected reported(): number {
    return this.value;
  }

  protected reset(): void {
    this.value = 0;
  }
}

/** Adds up. */
export class SumPoint extends NumberPoint {
  record(value: number): number {
    this.value += value;
    this.isRecorded = true;
    return 0;
  }
}

/** Keeps what came last. */
export class LastValuePoint extends NumberPoint {
  record(value: number): number {
    this.value = value;
    this.isRecorded = true;
    return 0;
  }
}

/**
 * A sum that the program knows, and tells at each collection. What comes in one collection for several sets of attributes
 * that a view has made one adds up.
 */
export class ObservedSumPoint extends NumberPoint {
  #last = 0;

  record(value: number): number {
    this.value = this.isRecorded ? this.value + value : value;
    this.isRecorded = true;
    return 0;
  }

  override settle(): void {
    this.#last = this.value;
  }

  protected override reported(): number {
    return this.options.isDelta && !this.hasRestarted() ? this.value - this.#last : this.value;
  }

  /** A sum that only grows has become less: the program counts from zero again. */
  protected override hasRestarted(): boolean {
    return this.options.isMonotonic && this.value < this.#last;
  }
}
