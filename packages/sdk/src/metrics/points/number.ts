import type { TagWriter } from '@otelier/otlp';
import { type PointData, writeNumberPoint } from '../../wire/metric.ts';
import { Point } from './point.ts';

/** A point with a single numeric value. */
abstract class NumberPoint extends Point {
  protected value = 0;

  protected encode(writer: TagWriter, data: PointData): void {
    writeNumberPoint(writer, { ...data, value: this.reported() });
  }

  protected reported(): number {
    return this.value;
  }

  protected reset(): void {
    this.value = 0;
  }
}

/** A data point that sums its measurements. */
export class SumPoint extends NumberPoint {
  record(value: number): number {
    this.value += value;
    this.isRecorded = true;
    return 0;
  }
}

/** A data point that holds the last measurement. */
export class LastValuePoint extends NumberPoint {
  record(value: number): number {
    this.value = value;
    this.isRecorded = true;
    return 0;
  }
}

/** A sum observed by callbacks. Observations that a view merges into the same point during a collection are added. */
export class ObservedSumPoint extends NumberPoint {
  #last = 0;

  record(value: number): number {
    this.value = this.isRecorded ? this.value + value : value;
    this.isRecorded = true;
    return 0;
  }

  override afterReport(): void {
    this.#last = this.value;
  }

  protected override reported(): number {
    return this.options.isDelta && !this.hasRestarted() ? this.value - this.#last : this.value;
  }

  /** Reports whether a monotonic sum has decreased, which means that the program has reset it. */
  protected override hasRestarted(): boolean {
    return this.options.isMonotonic && this.value < this.#last;
  }
}
