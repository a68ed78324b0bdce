/** Length of a step. */
const STEP_MILLIS = 5000;
/** Number of steps, the current one included. */
const STEPS = 13;

/** Counts the items of the last minute. */
export class RecentItems {
  readonly #steps = new Float64Array(STEPS);
  #step = 0;

  add(items: number, nowMillis: number): void {
    this.#advance(nowMillis);
    const index = this.#step % STEPS;
    this.#steps[index] = (this.#steps[index] ?? 0) + items;
  }

  /** Returns the items per second over the last minute, or since `firstMillis` if that is later. */
  perSecond(nowMillis: number, firstMillis: number): number {
    this.#advance(nowMillis);
    const total = this.#steps.reduce((sum, items) => sum + items, 0);
    const start = Math.max(firstMillis, (this.#step - STEPS + 1) * STEP_MILLIS);
    return total / Math.max(1, (nowMillis - start) / 1000);
  }

  #advance(nowMillis: number): void {
    const step = Math.floor(nowMillis / STEP_MILLIS);
    if (step - this.#step >= STEPS) this.#steps.fill(0);
    else for (let past = this.#step + 1; past <= step; past++) this.#steps[past % STEPS] = 0;
    this.#step = Math.max(step, this.#step);
  }
}
