export const MAX_DELAY_MILLIS = 15 * 60_000;
const MAX_ENTRIES = 10_000;

interface Failures {
  count: number;
  untilMillis: number;
}

/** What attempts to sign in are counted by. */
export interface ThrottleKey {
  /** An account, whether or not it exists, or an address. */
  readonly key: string;
  /** Failures that delay nothing. */
  readonly freeFailures: number;
}

/**
 * Delays attempts to sign in after failures: some are free, then each doubles the wait, from one second up to 15 minutes. Methods of one
 * that several processes share return promises.
 */
export interface SignInThrottle {
  /**
   * Counts an attempt as a failure, unless one of the keys must wait. Returns the time in milliseconds until the next attempt is allowed; 0
   * if this one is. Attempts count before their end, so that parallel ones count as well.
   */
  attempt(keys: readonly ThrottleKey[], nowMillis: number): number | Promise<number>;
  /** Forgets all failures of a key. */
  succeeded(key: string): void | Promise<void>;
  /** Takes back a failure that was none. */
  undo(key: string, nowMillis: number): void | Promise<void>;
}

/** Counts in this process. Bounded: the oldest entries go first. */
export class LocalThrottle implements SignInThrottle {
  readonly #failures = new Map<string, Failures>();

  attempt(keys: readonly ThrottleKey[], nowMillis: number): number {
    const wait = Math.max(...keys.map(({ key }) => this.#waitMillis(key, nowMillis)));
    if (wait === 0) for (const key of keys) this.#failed(key, nowMillis);
    return wait;
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  undo(key: string, nowMillis: number): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    failures.count -= 1;
    failures.untilMillis = nowMillis;
  }

  #waitMillis(key: string, nowMillis: number): number {
    const wait = (this.#failures.get(key)?.untilMillis ?? 0) - nowMillis;
    // A clock that was set back must not lock anyone out.
    return wait > MAX_DELAY_MILLIS ? 0 : Math.max(0, wait);
  }

  #failed({ key, freeFailures }: ThrottleKey, nowMillis: number): void {
    const before = this.#failures.get(key);
    const isForgotten = before !== undefined && nowMillis - before.untilMillis > MAX_DELAY_MILLIS;
    const count = before === undefined || isForgotten ? 1 : before.count + 1;
    const excess = count - freeFailures;
    const delay = excess <= 0 ? 0 : Math.min(MAX_DELAY_MILLIS, 1000 * 2 ** (excess - 1));
    this.#failures.delete(key);
    this.#failures.set(key, { count, untilMillis: nowMillis + delay });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_ENTRIES) break;
      this.#failures.delete(oldest);
    }
  }
}

/** Counts attempts to sign in to an account. */
export function byAccount(email: string): ThrottleKey {
  return { key: `account ${email.toLowerCase()}`, freeFailures: 5 };
}

/** Counts attempts to sign in from an address. */
export function byAddress(kind: 'password' | 'passkey', address: string): ThrottleKey {
  return { key: `${kind} ${address}`, freeFailures: 30 };
}
