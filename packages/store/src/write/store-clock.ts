/** The clocks of the store's writer; tests control them. */
export interface StoreClock {
  /** Wall-clock time in milliseconds since the epoch, for file names and ages. It may jump in both directions. */
  now(): number;
  /** Monotonic time in milliseconds, for waiting times. */
  monotonic(): number;
}

/** The clocks of the machine. */
export const machineClock: StoreClock = { now: Date.now, monotonic: () => performance.now() };

/** Converts a wall-clock time, which may be in an earlier run, to the monotonic clock; never later than now. */
export function monotonicOf(clock: StoreClock, millis: number): number {
  return clock.monotonic() - Math.max(0, clock.now() - millis);
}
