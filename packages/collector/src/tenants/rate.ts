/**
 * A rate per second that may be exceeded by one request: what is too much is paid for by the time after it, so that a request
 * can be rejected before its size is known.
 */
export class Rate {
  #perSecond: number;
  #available: number;
  #atMillis: number;

  /** `nowMillis` is a monotonic time. */
  constructor(perSecond: number, nowMillis: number) {
    this.#perSecond = perSecond;
    this.#available = perSecond;
    this.#atMillis = nowMillis;
  }

  /** Changes the rate. What is already used stays used. */
  change(perSecond: number): void {
    this.#perSecond = perSecond;
    this.#available = Math.min(this.#available, perSecond);
  }

  use(amount: number, nowMillis: number): void {
    this.#refill(nowMillis);
    this.#available -= amount;
  }

  /** Returns the time until something may be used again; 0 if that is now. */
  waitMillis(nowMillis: number): number {
    this.#refill(nowMillis);
    return this.#available > 0 ? 0 : Math.ceil((1 - this.#available) / (this.#perSecond / 1000));
  }

  #refill(nowMillis: number): void {
    const gained = ((nowMillis - this.#atMillis) * this.#perSecond) / 1000;
    this.#available = Math.min(this.#perSecond, this.#available + gained);
    this.#atMillis = nowMillis;
  }
}
