/** The clocks used by the store's writer. Tests control them. */
export interface StoreClock {
  /**
   * Returns the wall-clock time in milliseconds since the epoch, for file names and ages. It may jump in either
   * direction.
   */
  now(): number;
  /** Returns the monotonic time in milliseconds, for waiting times. */
  monotonic(): number;
}

/** The system's clocks. */
export const machineClock: StoreClock = { now: Date.now, monotonic: () => performance.now() };

/**
 * Converts a wall-clock time, which may be from an earlier run, to the monotonic clock. Never returns a time later than
 * now.
 */
export function monotonicOf(clock: StoreClock, millis: number): number {
  return clock.monotonic() - Math.max(0, clock.now() - millis);
}
