import type { TimeInput } from '@opentelemetry/api';

/** Where time comes from; handed in so that tests drive it. */
export interface TimeSource {
  /** Milliseconds since the epoch, which may jump. */
  readonly wall: () => number;
  /** Milliseconds that only grow, with a fraction. */
  readonly monotonic: () => number;
}

/** A point in time, and both parts are small integers that need no memory of their own. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** What is added to the monotonic clock to get the time since the epoch, in whole milliseconds. */
export interface Anchor {
  readonly millis: number;
}

/**
 * Time since the epoch with the resolution of the monotonic clock. A span takes the anchor with which it starts and ends
 * by it, so no duration is wrong when the machine's time is set; the anchor follows the machine's time, which the
 * monotonic clock leaves behind when the machine sleeps.
 */
export class Timeline {
  readonly #source: TimeSource;
  #anchor: Anchor = { millis: Number.NaN };
  #checkedMillis = Number.NaN;

  constructor(source: TimeSource = { wall: Date.now, monotonic: performance.now.bind(performance) }) {
    this.#source = source;
  }

  /** The anchor to start with now. Looks at the machine's time at most ten times a second, for that takes 45 ns. */
  anchor(now: number = this.read()): Anchor {
    if (!(now - this.#checkedMillis <= CHECK_INTERVAL_MILLIS)) {
      this.#checkedMillis = now;
      const millis = Math.round(this.#source.wall() - now);
      if (!(Math.abs(millis - this.#anchor.millis) <= MAX_DRIFT_MILLIS)) this.#anchor = { millis };
    }
    return this.#anchor;
  }

  /** A reading of the monotonic clock, for `anchor` and `at`. */
  read(): number {
    return this.#source.monotonic();
  }

  /**
   * A time of the API: milliseconds since the epoch or of `performance.now()`, a date, or seconds and nanoseconds;
   * `undefined` is now.
   */
  at(input: TimeInput | undefined, anchor: Anchor, now: number = this.read()): Instant {
    if (Array.isArray(input)) return { seconds: input[0], nanos: input[1] };
    const millis = input === undefined ? now : Number(input);
    const whole = Math.floor(millis);
    const sum = whole + (input instanceof Date || millis > now ? 0 : anchor.millis);
    const seconds = Math.floor(sum / 1000);
    return { seconds, nanos: (sum - seconds * 1000) * 1e6 + Math.floor((millis - whole) * 1e6) };
  }
}

const CHECK_INTERVAL_MILLIS = 100;
const MAX_DRIFT_MILLIS = 10;
