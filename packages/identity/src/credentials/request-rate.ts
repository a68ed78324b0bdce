interface Bucket {
  tokens: number;
  atMillis: number;
}

const MAX_BUCKETS = 10_000;

/** Limits the requests of each key to a number per minute, with bursts of as many. Counts in this thread. */
export class RequestRate {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes a request. Returns 0, or the time in milliseconds after which one more is allowed. */
  take(key: string, perMinute: number, nowMillis: number): number {
    const bucket = this.#buckets.get(key) ?? { tokens: perMinute, atMillis: nowMillis };
    const elapsed = Math.max(0, nowMillis - bucket.atMillis);
    bucket.tokens = Math.min(perMinute, bucket.tokens + (elapsed / 60_000) * perMinute);
    bucket.atMillis = nowMillis;
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAX_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 60_000) / perMinute);
    bucket.tokens -= 1;
    return 0;
  }
}
