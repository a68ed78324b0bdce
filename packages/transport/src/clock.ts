/** A source of time, injected so that tests can drive it. */
export interface Clock {
  /**
   * Returns milliseconds since the epoch, for timestamps. Changes of the system time make it jump in either direction,
   * so it must not be used to measure durations.
   */
  now(): number;
  /** Returns milliseconds since an arbitrary moment, for durations and deadlines. Never decreases or jumps. */
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
