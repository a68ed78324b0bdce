import type { PublishedKey } from './logout-token.ts';

const TIMEOUT_MILLIS = 10_000;
const MAX_BYTES = 1_048_576;
/** The shortest time between two requests for the keys, so that no number of unsigned tokens causes more. */
const MIN_REFRESH_MILLIS = 60_000;

/** The keys with which a provider signs, read again when a token is of none of them. */
export class ProviderKeys {
  readonly #now: () => number;
  #keys: readonly PublishedKey[] = [];
  #readMillis = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns the keys that are known. */
  get known(): readonly PublishedKey[] {
    return this.#keys;
  }

  /** Reads the keys, unless they were read a moment ago. Returns `false` then. Rejects if they cannot be read. */
  async refresh(url: string): Promise<boolean> {
    if (Math.abs(this.#now() - this.#readMillis) < MIN_REFRESH_MILLIS) return false;
    this.#readMillis = this.#now();
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLIS), redirect: 'error' });
    const text = await response.text();
    if (!response.ok || text.length > MAX_BYTES) throw new Error(`the keys of the provider: status ${response.status}`);
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    this.#keys = Array.isArray(keys) ? (keys as PublishedKey[]) : [];
    return true;
  }
}
