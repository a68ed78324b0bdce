/** A token bucket for operations that cost the server more than the peer. */
export class RateLimit {
  readonly #burst: number;
  readonly #perMilli: number;
  #left: number;
  #asOfMillis: number;

  constructor(burst: number, perSecond: number, nowMillis: number) {
    this.#burst = burst;
    this.#perMilli = perSecond / 1000;
    this.#left = burst;
    this.#asOfMillis = nowMillis;
  }

  /** Takes a token. Returns `false` if none is left. */
  take(nowMillis: number): boolean {
    if (this.#left < 1) this.#refill(nowMillis);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Adds tokens in return for useful work. */
  earn(count: number): void {
    this.#left = Math.min(this.#burst, this.#left + count);
  }

  #refill(nowMillis: number): void {
    const elapsedMillis = Math.max(0, nowMillis - this.#asOfMillis);
    this.#asOfMillis = nowMillis;
    this.#left = Math.min(this.#burst, this.#left + elapsedMillis * this.#perMilli);
  }
}
