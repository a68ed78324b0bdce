import type { Clock } from '@otelier/transport';
import { pause } from './pause.ts';

/** What waiting needs. */
export interface WaitContext {
  readonly clock: Clock;
  readonly random: () => number;
}

const FIRST_MILLIS = 500;
const LAST_MILLIS = 30_000;

/** Delays between attempts that double with each failure, randomized so that clients do not return together. */
export class Backoff {
  readonly #context: WaitContext;
  #nextMillis = FIRST_MILLIS;

  constructor(context: WaitContext) {
    this.#context = context;
  }

  /** Begins again with the shortest delay. */
  reset(): void {
    this.#nextMillis = FIRST_MILLIS;
  }

  /** Waits for the next delay, at least `minMillis`, or until the signal aborts. */
  wait(signal: AbortSignal, minMillis = 0): Promise<void> {
    const millis = Math.max(minMillis, this.#nextMillis * (0.5 + this.#context.random()));
    this.#nextMillis = Math.min(this.#nextMillis * 2, LAST_MILLIS);
    return pause(this.#context.clock, millis, signal);
  }
}
