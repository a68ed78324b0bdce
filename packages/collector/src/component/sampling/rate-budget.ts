import { ALWAYS_SAMPLE, MIN_PROBABILITY, type Threshold, thresholdOfProbability } from '@otelier/otlp';

/** Options for a `RateBudget`. */
export interface RateOptions {
  /** Half-life of the moving average of the rate, in seconds. */
  readonly halfLifeSeconds: number;
  /** Number of hexadecimal digits in thresholds. */
  readonly precision: number;
}

/**
 * The sampling probability that limits a stream to a number of items per second. The rate of the stream is an
 * exponential moving average, updated after each interval. Within an interval, the probability halves whenever more
 * items arrive than expected, so a burst or a new stream exceeds the budget only logarithmically. The probability
 * depends only on the number of items, never on their randomness, so weights are unbiased.
 */
export class RateBudget {
  /** Arrival rate in items per second. */
  rate = 0;
  /** Threshold for items that arrive now. */
  threshold: Threshold = ALWAYS_SAMPLE;
  readonly #options: RateOptions;
  #isNew = true;
  /** Number of items that arrived in the current interval. */
  #count = 0;
  /** Number of items for which the current threshold was chosen. */
  #expected = 0;
  /** Number of items to keep in the current interval. */
  #budget = 0;

  /** Creates a budget for a stream that starts now. */
  constructor(options: RateOptions, itemsPerSecond: number, intervalSeconds: number) {
    this.#options = options;
    this.#plan(itemsPerSecond, intervalSeconds);
  }

  /** Whether items arrived in the current interval. */
  get isActive(): boolean {
    return this.#count > 0;
  }

  /** Counts an item and returns its threshold. */
  arrive(): Threshold {
    this.#count += 1;
    if (this.#count > this.#expected) {
      this.#expected = 2 * this.#count;
      this.#choose();
    }
    return this.threshold;
  }

  /** Updates the rate with the items of the interval that ends. */
  measure(elapsedSeconds: number): void {
    const observed = this.#count / elapsedSeconds;
    const weight = 1 - 2 ** (-elapsedSeconds / this.#options.halfLifeSeconds);
    this.rate = this.#isNew ? observed : this.rate + weight * (observed - this.rate);
    this.#isNew = false;
  }

  /** Starts an interval in which `itemsPerSecond` are kept. */
  renew(itemsPerSecond: number, intervalSeconds: number): void {
    this.#count = 0;
    this.#plan(itemsPerSecond, intervalSeconds);
  }

  #plan(itemsPerSecond: number, intervalSeconds: number): void {
    this.#budget = itemsPerSecond * intervalSeconds;
    this.#expected = Math.max(this.rate * intervalSeconds, this.#budget);
    this.#choose();
  }

  #choose(): void {
    const probability = this.#budget <= 0 ? 0 : this.#budget / this.#expected;
    this.threshold =
      probability >= 1
        ? ALWAYS_SAMPLE
        : thresholdOfProbability(Math.max(probability, MIN_PROBABILITY), this.#options.precision);
  }
}
