import { increase } from '../kahan.ts';

/** Returns the compensated sum of numbers. */
export function sum(values: Float64Array): number {
  let [total, error] = [0, 0];
  // The loop is `increase` inlined: it runs for every sample of every window.
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    const next = total + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) error = 0;
    else if (Math.abs(total) >= Math.abs(value)) error += total - next + value;
    else error += value - next + total;
    total = next;
  }
  return Number.isFinite(total) || Number.isNaN(total) ? total + error : total;
}

/** Returns the mean of numbers. If their sum overflows, it is computed incrementally. */
export function mean(values: Float64Array): number {
  const average = new Mean();
  for (const value of values) average.add(value);
  return average.value;
}

/** A mean of numbers, computed from their compensated sum as long as that does not overflow. */
export class Mean {
  #count = 0;
  #sum = 0;
  #error = 0;
  #mean: number | undefined;

  add(value: number): void {
    this.#count += 1;
    const count = this.#count;
    if (count === 1) {
      this.#sum = value;
      return;
    }
    if (this.#mean === undefined) {
      const [sum, error] = increase(value, this.#sum, this.#error);
      if (sum !== Number.POSITIVE_INFINITY && sum !== Number.NEGATIVE_INFINITY) {
        [this.#sum, this.#error] = [sum, error];
        return;
      }
      this.#mean = this.#sum / (count - 1);
      this.#error /= count - 1;
    }
    const share = (count - 1) / count;
    [this.#mean, this.#error] = increase(value / count, share * this.#mean, share * this.#error);
  }

  get value(): number {
    if (this.#mean !== undefined) return this.#mean + this.#error;
    return this.#sum / this.#count + this.#error / this.#count;
  }
}

/** Returns a quantile of numbers, which it sorts. NaN sorts first. */
export function quantileOf(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  values.sort((a, b) => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b || 0));
  const rank = q * (values.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - lower;
  return (values[lower] ?? 0) * (1 - weight) + (values[upper] ?? 0) * weight;
}
