/** Time, handed in so that tests drive it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once after `millis`; the returned function cancels that, and does nothing afterwards. */
  setTimeout(fn: () => void, millis: number): () => void;
}

/** The machine's time. */
export const systemClock: Clock = {
  now: Date.now,
  setTimeout(fn, millis) {
    const timer = setTimeout(fn, millis);
    return () => clearTimeout(timer);
  },
};
