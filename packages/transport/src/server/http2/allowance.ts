/** So many at once, and so many a second: what a peer may ask for that costs us more than it costs the peer. */
export class Allowance {
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

  /** Takes one; `false` when there is none left. */
  take(nowMillis: number): boolean {
    if (this.#left < 1) this.#refill(nowMillis);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Gives some for work that was worth it. */
  earn(count: number): void {
    this.#left = Math.min(this.#burst, this.#left + count);
  }

  #refill(nowMillis: number): void {
    const elapsedMillis = Math.max(0, nowMillis - this.#asOfMillis);
    this.#asOfMillis = nowMillis;
    this.#left = Math.min(this.#burst, this.#left + elapsedMillis * this.#perMilli);
  }
}
