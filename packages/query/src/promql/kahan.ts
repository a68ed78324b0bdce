/**
 * Adds to a sum and the error that it has accumulated (Kahan summation, improved by Neumaier). Returns the new sum and
 * error.
 */
export function increase(value: number, sum: number, error: number): [number, number] {
  const total = sum + value;
  if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) return [total, 0];
  if (Math.abs(sum) >= Math.abs(value)) return [total, error + (sum - total + value)];
  return [total, error + (value - total + sum)];
}
