import type { Clock } from '@otelier/transport';

/** A clock that moves only when a test advances it. */
export interface ManualClock extends Clock {
  /** Number of pending timers. */
  readonly pending: number;
  /** Changes the wall clock by `millis`. `now` jumps; timers and `monotonic` are not affected. */
  jump(millis: number): void;
  /**
   * Advances time by `millis` and fires due timers in order, each at its own time. Waits for an event loop turn between
   * timers, so that promises resolved by a timer can set the next one.
   */
  advance(millis: number): Promise<void>;
  /** Resolves when at least `count` timers are pending. Defaults to 1. */
  untilPending(count?: number): Promise<void>;
}

/** Creates a clock that starts at `startMillis` (milliseconds since the Unix epoch). */
export function createManualClock(startMillis = 1_700_000_000_000): ManualClock {
  // Differs from the time since the Unix epoch, so that code that mixes up the two clocks fails.
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
      // Lets code that is already running set its timers.
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
