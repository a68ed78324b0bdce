const INITIAL_MILLIS = 500;
const MULTIPLIER = 1.5;
const MAX_MILLIS = 60_000;
/** Longest wait that a server can ask for. */
const LONGEST_MILLIS = 24 * 3600_000;

/** The delays between attempts to reach a server: exponential, and randomized so that agents do not return in step. */
export class BackOff {
  readonly #random: () => number;
  #intervalMillis = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Returns the next delay, or a longer one that the server asks for. */
  next(atLeastMillis = 0): number {
    this.#intervalMillis = Math.min(Math.max(INITIAL_MILLIS, this.#intervalMillis * MULTIPLIER), MAX_MILLIS);
    const randomized = this.#intervalMillis * (0.5 + this.#random());
    return Math.min(Math.max(randomized, atLeastMillis), LONGEST_MILLIS);
  }

  /** Begins again with the shortest delay. Called after a success. */
  reset(): void {
    this.#intervalMillis = 0;
  }
}
