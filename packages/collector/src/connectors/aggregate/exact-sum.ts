/**
 * An exact sum: a list of non-overlapping terms that only `value` rounds, once. The result is therefore independent of
 * the order of additions and of how the values are distributed across merged sums. It uses Shewchuk's growing expansion
 * ("Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997), as does Python's `fsum`.
 */
export class ExactSum {
  /** Non-overlapping terms in order of increasing magnitude. Sums of ordinary values have one to three. */
  readonly #terms: number[] = [];
  /** The scaled sum of values that could overflow. */
  #huge: ExactSum | undefined;
  /** The sum of infinite values. */
  #infinite = 0;

  /** Adds a value. */
  add(value: number): void {
    if (!Number.isFinite(value)) {
      this.#infinite += value;
      return;
    }
    if (Math.abs(value) >= HUGE) {
      this.#huge ??= new ExactSum();
      this.#huge.add(value / SCALE);
      return;
    }
    const terms = this.#terms;
    let sum = value;
    let kept = 0;
    for (let i = 0; i < terms.length; i++) {
      const term = terms[i] as number;
      const total = sum + term;
      // The exact rounding error of the addition.
      const error = Math.abs(sum) < Math.abs(term) ? sum - (total - term) : term - (total - sum);
      if (error !== 0) terms[kept++] = error;
      sum = total;
    }
    terms.length = kept;
    if (sum !== 0) terms.push(sum);
  }

  /** Adds an arbitrarily large integer. */
  addInteger(value: bigint): void {
    const low = BigInt.asUintN(32, value);
    this.add(Number(low));
    this.add(Number(value - low));
  }

  /** Adds another sum. */
  merge(other: ExactSum): void {
    for (const term of other.terms()) this.add(term);
  }

  /** Returns numbers with the same exact sum, which can be added to another `ExactSum`. */
  terms(): number[] {
    const terms = [...this.#terms];
    if (this.#huge !== undefined) terms.push(...this.#huge.terms().map((term) => term * SCALE));
    if (this.#infinite !== 0) terms.push(this.#infinite);
    return terms;
  }

  /** Returns the correctly rounded sum. */
  value(): number {
    if (this.#infinite !== 0) return this.#infinite;
    if (this.#huge === undefined) return rounded(this.#terms);
    const scaled = new ExactSum();
    scaled.merge(this.#huge);
    for (const term of this.#terms) scaled.add(term / SCALE);
    return rounded(scaled.#terms) * SCALE;
  }
}

/** A sum of fewer than 2^53 values below this cannot overflow. */
const HUGE = 2 ** 960;
const SCALE = 2 ** 128;

/** Adds terms in order of decreasing magnitude until the rest is negligible. Ties round to even. */
function rounded(terms: readonly number[]): number {
  let index = terms.length - 1;
  let sum = terms[index] ?? 0;
  let error = 0;
  while (index > 0 && error === 0) {
    const term = terms[--index] as number;
    const total = sum + term;
    error = term - (total - sum);
    sum = total;
  }
  const next = index > 0 ? (terms[index - 1] as number) : 0;
  if ((error < 0 && next < 0) || (error > 0 && next > 0)) {
    const doubled = error * 2;
    const corrected = sum + doubled;
    if (corrected - sum === doubled) return corrected;
  }
  return sum;
}
