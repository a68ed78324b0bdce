const MAX_DELAY_MILLIS = 15 * 60_000;
const MAX_ENTRIES = 10_000;

interface Failures {
  count: number;
  untilMillis: number;
}

/**
 * Delays attempts to sign in after failures: some are free, then each doubles the wait, from one second up to 15 minutes. Counts by
 * account or address, whether or not the account exists. Bounded: the oldest entries go first.
 */
export class SignInThrottle {
  readonly #freeFailures: number;
  readonly #failures = new Map<string, Failures>();

  constructor(freeFailures: number) {
    this.#freeFailures = freeFailures;
  }

  /** Returns the time in milliseconds until the next attempt is allowed; 0 if it is now. */
  waitMillis(key: string, nowMillis: number): number {
    const wait = (this.#failures.get(key)?.untilMillis ?? 0) - nowMillis;
    // A clock that was set back must not lock anyone out.
    return wait > MAX_DELAY_MILLIS ? 0 : Math.max(0, wait);
  }

  failed(key: string, nowMillis: number): void {
    const before = this.#failures.get(key);
    const isForgotten = before !== undefined && nowMillis - before.untilMillis > MAX_DELAY_MILLIS;
    const count = before === undefined || isForgotten ? 1 : before.count + 1;
    const excess = count - this.#freeFailures;
    const delay = excess <= 0 ? 0 : Math.min(MAX_DELAY_MILLIS, 1000 * 2 ** (excess - 1));
    this.#failures.delete(key);
    this.#failures.set(key, { count, untilMillis: nowMillis + delay });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_ENTRIES) break;
      this.#failures.delete(oldest);
    }
  }

  /** Takes back a failure that was none. */
  undo(key: string): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    failures.count -= 1;
    failures.untilMillis = 0;
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
