/** Time as the store's writer uses it; tests drive it. */
export interface StoreClock {
  /** Milliseconds since the epoch: what files are named by and ages are counted from. It may jump in both directions. */
  now(): number;
  /** Milliseconds that only grow: how long something waits. */
  monotonic(): number;
}

/** The machine's time. */
export const machineClock: StoreClock = { now: Date.now, monotonic: () => performance.now() };

/** What the monotonic clock showed at a time of the other one, which may lie in a former run; never later than now. */
export function monotonicOf(clock: StoreClock, millis: number): number {
  return clock.monotonic() - Math.max(0, clock.now() - millis);
}
