/** A source of time. Tests drive it. */
export interface AlertingClock {
  /** Milliseconds since the epoch. Jumps when the system clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary time, for durations. */
  monotonic(): number;
  /** Calls `fn` once after `millis`. The returned function cancels it. */
  setTimeout(fn: () => void, millis: number): () => void;
}
