import type { Clock } from '@otelier/transport';

/** The limits of a `LookupCache`. */
export interface LookupCacheOptions {
  /**
   * Maximum number of entries. When it is exceeded, the least recently stored or renewed entry is evicted. 0 disables
   * the cache.
   */
  readonly size: number;
  /** Lifetime of an entry. 0 means no limit. */
  readonly ttlMillis: number;
}

/** A bounded cache of lookup results, each with a lifetime. */
export class LookupCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: LookupCacheOptions;
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(options: LookupCacheOptions, clock: Pick<Clock, 'monotonic'>) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Returns the entry for a key, or `undefined` if it is missing or expired. */
  get(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#clock.monotonic()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** Stores a value. `ttlMillis` overrides the default lifetime. */
  set(key: string, value: T, ttlMillis = this.#options.ttlMillis): void {
    if (this.#options.size <= 0) return;
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#options.size) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, expiresAt: ttlMillis > 0 ? this.#clock.monotonic() + ttlMillis : Infinity });
  }
}

interface Entry<T> {
  readonly value: T;
  /** Expiration time on the monotonic clock, in milliseconds. */
  readonly expiresAt: number;
}
