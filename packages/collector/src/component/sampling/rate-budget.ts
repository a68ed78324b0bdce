import { ALWAYS_SAMPLE, MIN_PROBABILITY, type Threshold, thresholdOfProbability } from '@otelier/otlp';

/** How budgets measure rates. */
export interface RateOptions {
  /** Time after which an earlier rate counts half, in seconds. */
  readonly halfLifeSeconds: number;
  /** Number of hexadecimal digits of thresholds. */
  readonly precision: number;
}

/**
 * The sampling probability of a stream of items that keeps a number of items per second. The rate of the stream is an
 * exponential moving average, renewed after each interval. Within an interval, the probability halves whenever more items
 * arrive than expected, so a burst, or a stream that is new, exceeds the budget only by its logarithm.
 *
 * The probability depends only on how many items arrived, never on their randomness, so weights are unbiased.
 */
export class RateBudget {
  /** Arriving items per second. */
  rate = 0;
  /** The threshold for items that arrive now. */
  threshold: Threshold = ALWAYS_SAMPLE;
  readonly #options: RateOptions;
  #isNew = true;
  /** Number of items that arrived in this interval. */
  #count = 0;
  /** Number of items in this interval for which the threshold was chosen. */
  #expected = 0;
  /** Number of items to keep in this interval. */
  #budget = 0;

  /** Creates a budget for a stream that begins now. */
  constructor(options: RateOptions, itemsPerSecond: number, intervalSeconds: number) {
    this.#options = options;
    this.#plan(itemsPerSecond, intervalSeconds);
  }

  /** Whether items arrived in this interval. */
  get isActive(): boolean {
    return this.#count > 0;
  }

  /** Counts an item and returns the threshold for it. */
  arrive(): Threshold {
    this.#count += 1;
    if (this.#count > this.#expected) {
      this.#expected = 2 * this.#count;
      this.#choose();
    }
    return this.threshold;
  }

  /** Includes the items of the interval that ends in the rate. */
  measure(elapsedSeconds: number): void {
    const observed = this.#count / elapsedSeconds;
    const weight = 1 - 2 ** (-elapsedSeconds / this.#options.halfLifeSeconds);
    this.rate = this.#isNew ? observed : this.rate + weight * (observed - this.rate);
    this.#isNew = false;
  }

  /** Begins an interval in which `itemsPerSecond` are kept. */
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
