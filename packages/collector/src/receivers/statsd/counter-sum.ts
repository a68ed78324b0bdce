/** How the values of counters are added up: see `counter_type`. */
export type CounterType = 'int' | 'float' | 'stochastic_int';

/** Adds up the values of a counter. Integers are exact up to 64 bits. */
export class CounterSum {
  readonly #type: CounterType;
  readonly #random: () => number;
  #number = 0;
  #large = 0n;

  constructor(type: CounterType, random: () => number) {
    this.#type = type;
    this.#random = random;
  }

  add(value: number): void {
    if (this.#type === 'float') {
      this.#number += value;
      return;
    }
    const whole = this.#type === 'int' ? Math.trunc(value) : Math.floor(value) + (this.#roundsUp(value) ? 1 : 0);
    if (Number.isSafeInteger(whole) && Number.isSafeInteger(this.#number + whole)) {
      this.#number += whole;
      return;
    }
    this.#large += BigInt(this.#number) + clamped(whole);
    this.#number = 0;
  }

  /** The sum: a `bigint` unless the values are doubles. */
  get value(): bigint | number {
    return this.#type === 'float' ? this.#number : clamp(this.#large + BigInt(this.#number));
  }

  /** The probability to round up is the fraction. */
  #roundsUp(value: number): boolean {
    const fraction = value - Math.floor(value);
    return fraction > 0 && this.#random() < fraction;
  }
}

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

function clamped(whole: number): bigint {
  if (!Number.isFinite(whole)) return whole > 0 ? MAX_INT64 : MIN_INT64;
  return clamp(BigInt(whole));
}

function clamp(value: bigint): bigint {
  if (value > MAX_INT64) return MAX_INT64;
  return value < MIN_INT64 ? MIN_INT64 : value;
}
