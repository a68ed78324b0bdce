import type { TimeInput } from '@opentelemetry/api';

/** The clocks that time is read from. Tests control them. */
export interface TimeSource {
  /** Returns wall-clock time in milliseconds since the epoch, which may jump. */
  readonly wall: () => number;
  /** Returns monotonic time in milliseconds, including a fraction. */
  readonly monotonic: () => number;
}

/** A point in time. Both fields are small integers, which V8 stores without allocating. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** Offset of the monotonic clock from the epoch, in whole milliseconds. */
export interface Anchor {
  readonly millis: number;
}

/**
 * Provides time since the epoch at the resolution of the monotonic clock. A span uses the same anchor for its start and
 * end, so that its duration is correct even if the system time changes. Anchors follow the system time, because the
 * monotonic clock stops while the machine sleeps.
 */
export class Timeline {
  readonly #source: TimeSource;
  #anchor: Anchor = { millis: Number.NaN };
  #checkedMillis = Number.NaN;

  constructor(source: TimeSource = { wall: Date.now, monotonic: performance.now.bind(performance) }) {
    this.#source = source;
  }

  /** Returns the current anchor. Reads the system time at most ten times per second, because a read takes 45 ns. */
  anchor(now: number = this.read()): Anchor {
    if (!(now - this.#checkedMillis <= CHECK_INTERVAL_MILLIS)) {
      this.#checkedMillis = now;
      const millis = Math.round(this.#source.wall() - now);
      if (!(Math.abs(millis - this.#anchor.millis) <= MAX_DRIFT_MILLIS)) this.#anchor = { millis };
    }
    return this.#anchor;
  }

  /** Returns the time of the monotonic clock, for use with `anchor` and `at`. */
  read(): number {
    return this.#source.monotonic();
  }

  /**
   * Converts an API time: milliseconds since the epoch or from `performance.now()`, a date, or seconds and nanoseconds.
   * `undefined` is the current time.
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
