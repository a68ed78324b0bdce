import type { Clock } from '@otelier/transport';

/** A clock for replaying telemetry. Time passes only in `advanceTo`. */
export class VirtualClock implements Clock {
  #millis: number;
  readonly #startMillis: number;
  #timers: readonly Timer[] = [];

  /** `startMillis` is in milliseconds since the epoch. */
  constructor(startMillis: number) {
    this.#millis = startMillis;
    this.#startMillis = startMillis;
  }

  now(): number {
    return this.#millis;
  }

  monotonic(): number {
    return this.#millis - this.#startMillis;
  }

  setTimeout(run: () => void, millis: number): () => void {
    const timer = { dueMillis: this.#millis + Math.max(0, millis), run };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /**
   * Advances to a time, unless it has passed, and runs the timers due until then in order. After each, waits for `settled`.
   */
  async advanceTo(millis: number, settled?: () => Promise<void>): Promise<void> {
    for (let timer = this.#takeDue(millis); timer !== undefined; timer = this.#takeDue(millis)) {
      this.#millis = Math.max(this.#millis, timer.dueMillis);
      timer.run();
      // Lets promise callbacks triggered by the timer schedule the next one.
      await new Promise((resolve) => setImmediate(resolve));
      await settled?.();
    }
    this.#millis = Math.max(this.#millis, millis);
  }

  /** Advances by a duration, as `advanceTo` does. */
  advanceBy(millis: number, settled?: () => Promise<void>): Promise<void> {
    return this.advanceTo(this.#millis + millis, settled);
  }

  #takeDue(untilMillis: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueMillis <= untilMillis && (first === undefined || timer.dueMillis < first.dueMillis)) first = timer;
    if (first !== undefined) this.#timers = this.#timers.filter((other) => other !== first);
    return first;
  }
}

interface Timer {
  readonly dueMillis: number;
  readonly run: () => void;
}
