/**
 * A token bucket: allows `perSecond` units, and at most `burst` at once after a pause. A request is granted while any
 * tokens are left and may make the balance negative, so no single request is too large.
 */
export class TokenBucket {
  readonly #perMilli: number;
  readonly #burst: number;
  #tokens: number;
  #atMillis: number;

  constructor(perSecond: number, burst: number, nowMillis: number) {
    this.#perMilli = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMillis = nowMillis;
  }

  /** Takes `amount` if any tokens are left. */
  take(amount: number, nowMillis: number): boolean {
    const passed = nowMillis - this.#atMillis;
    if (passed !== 0) {
      // Setting the clock back neither adds nor removes tokens.
      this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, passed) * this.#perMilli);
      this.#atMillis = nowMillis;
    }
    if (this.#tokens <= 0) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Time until tokens are available again. */
  get waitMillis(): number {
    return this.#tokens > 0 ? 0 : Math.ceil(-this.#tokens / this.#perMilli) + 1;
  }
}
