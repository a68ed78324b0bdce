import type { Clock } from '@otelier/transport';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** How many timers wait. */
  readonly pending: number;
  /** Sets the machine's time `millis` ahead (or back): `now` jumps, timers and `monotonic` know nothing of it. */
  jump(millis: number): void;
  /**
   * Moves time on by `millis` and calls what falls due, in order, each at its own time. Between timers the event loop
   * turns once, so that promises which a timer resolves can set the next one.
   */
  advance(millis: number): Promise<void>;
  /** Resolves once at least `count` timers wait (default 1). */
  untilPending(count?: number): Promise<void>;
}

/** Makes a clock that shows `startMillis` (milliseconds since the epoch). */
export function createManualClock(startMillis = 1_700_000_000_000): ManualClock {
  // Not the time since the epoch: code that mixes the two clocks fails.
  let now = MONOTONIC_START_MILLIS;
  let epochMillis = startMillis - MONOTONIC_START_MILLIS;
  let timers: readonly Timer[] = [];
  const earliestUntil = (end: number) =>
    timers
      .filter((timer) => timer.at <= end)
      .reduce<Timer | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
  return {
    now: () => epochMillis + now,
    monotonic: () => now,
    jump(millis) {
      epochMillis += millis;
    },
    setTimeout(fn, millis) {
      const timer: Timer = { at: now + Math.max(0, millis), fn };
      timers = [...timers, timer];
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    get pending() {
      return timers.length;
    },
    async advance(millis) {
      const end = now + millis;
      // What has been started but has not come to its timer yet may do so.
      await turn();
      for (let due = earliestUntil(end); due !== undefined; due = earliestUntil(end)) {
        const { at, fn } = due;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, at);
        fn();
        await turn();
      }
      now = end;
      await turn();
    },
    async untilPending(count = 1) {
      while (timers.length < count) await turn();
    },
  };
}

const MONOTONIC_START_MILLIS = 5_000;

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
