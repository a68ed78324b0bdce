/** Time, handed in so that tests drive it. */
export interface Clock {
  /**
   * Milliseconds since the epoch, for points in time that are shown, stored or sent. It jumps when the machine's time is
   * set, in either direction: what measures a duration with it ends too early or never.
   */
  now(): number;
  /** Milliseconds since an arbitrary moment, for durations and deadlines. It never goes back and never jumps. */
  monotonic(): number;
  /** Calls `fn` once after `millis`; the returned function cancels that, and does nothing afterwards. */
  setTimeout(fn: () => void, millis: number): () => void;
}

/** The machine's time. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  setTimeout(fn, millis) {
    const timer = setTimeout(fn, millis);
    return () => clearTimeout(timer);
  },
};
