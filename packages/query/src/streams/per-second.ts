import type { Clock } from '@otelier/transport';

/** An allowance that is renewed every second. */
export class PerSecond {
  readonly #allowance: number;
  readonly #clock: Clock;
  #left: number;
  #renewMillis = Number.NEGATIVE_INFINITY;

  constructor(allowance: number, clock: Clock) {
    this.#allowance = allowance;
    this.#left = allowance;
    this.#clock = clock;
  }

  /** Takes up to `requested` from the remaining allowance and returns the amount taken. */
  take(requested: number): number {
    const now = this.#clock.monotonic();
    if (now >= this.#renewMillis) {
      this.#left = this.#allowance;
      this.#renewMillis = now + 1000;
    }
    const taken = Math.min(requested, this.#left);
    this.#left -= taken;
    return taken;
  }
}
