/** A source of time, injected so that tests can control it. */
export interface Clock {
  /**
   * Returns the milliseconds since the Unix epoch, for timestamps. System clock changes can move it in either
   * direction, so it must not be used to measure durations.
   */
  now(): number;
  /**
   * Returns the milliseconds since an arbitrary point in time, for durations and deadlines. Never decreases or jumps.
   */
  monotonic(): number;
  /** Calls `fn` once after `millis`. The returned function cancels the timer and is safe to call afterwards. */
  setTimeout(fn: () => void, millis: number): () => void;
}

/** The system clock. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  setTimeout(fn, millis) {
    const timer = setTimeout(fn, millis);
    return () => clearTimeout(timer);
  },
};
