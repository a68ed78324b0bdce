/** A range of times that is divided into equal steps. */
export interface StepRange {
  readonly start: bigint;
  readonly end: bigint;
  readonly steps: number;
}

/** Maps times to steps. Adjacent rows are usually in the same step. */
export class StepClock {
  readonly #range: StepRange;
  #step = 0;
  /** The first time of the current step and the first after it, as words. */
  #fromHigh = 0;
  #fromLow = 0;
  #toHigh = 0;
  #toLow = 0;

  constructor(range: StepRange) {
    this.#range = range;
  }

  /** Returns the step of a time in the range, given as a signed upper and an unsigned lower word. */
  stepOf(low: number, high: number): number {
    const isFrom = high > this.#fromHigh || (high === this.#fromHigh && low >= this.#fromLow);
    const isBefore = high < this.#toHigh || (high === this.#toHigh && low < this.#toLow);
    if (!isFrom || !isBefore) this.#move((BigInt(high) << 32n) + BigInt(low));
    return this.#step;
  }

  /** Returns the step of a time in the range. */
  stepAt(time: bigint): number {
    const { start, end, steps } = this.#range;
    return Number(((time - start) * BigInt(steps)) / (end - start));
  }

  #move(time: bigint): void {
    const step = this.stepAt(time);
    const [from, to] = [this.startOf(step), this.startOf(step + 1)];
    this.#step = step;
    this.#fromHigh = Number(from >> 32n);
    this.#fromLow = Number(from & 0xffff_ffffn);
    this.#toHigh = Number(to >> 32n);
    this.#toLow = Number(to & 0xffff_ffffn);
  }

  /** Returns the first time in a step. */
  startOf(step: number): bigint {
    const { start, end, steps } = this.#range;
    // Rounded up, because times are mapped to steps by rounding down.
    return start + ((end - start) * BigInt(step) + BigInt(steps) - 1n) / BigInt(steps);
  }
}
