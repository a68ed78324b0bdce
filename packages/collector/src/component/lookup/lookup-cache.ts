import type { Clock } from '@otelier/transport';

/** Limits of a cache. */
export interface LookupCacheOptions {
  /** Maximum number of entries, of which the least recently stored or renewed one is evicted. 0 stores nothing. */
  readonly size: number;
  /** Lifetime of an entry. 0 means no limit. */
  readonly ttlMillis: number;
}

/** A cache of lookup results with a bounded number of entries, each with a lifetime. */
export class LookupCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: LookupCacheOptions;
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(options: LookupCacheOptions, clock: Pick<Clock, 'monotonic'>) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Returns the entry of a key, or `undefined` without one that is current. */
  get(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#clock.monotonic()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** Stores a value. `ttlMillis` is its lifetime instead of that of the cache. */
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
  /** In milliseconds of the monotonic clock. */
  readonly expiresAt: number;
}
