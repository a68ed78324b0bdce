/** A quantile and its value. */
export interface QuantileValue {
  /** From 0 to 1. */
  readonly quantile: number;
  readonly value: number;
}

/**
 * Returns percentiles of weighted values: the smallest value whose share of the weights, with that of all smaller values,
 * reaches the percentile. As in the Collector, there is no interpolation.
 */
export function quantilesOf(
  values: readonly number[],
  weights: readonly number[],
  percentiles: readonly number[],
): QuantileValue[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] as number) - (values[b] as number));
  const cumulated: number[] = [];
  let total = 0;
  for (const index of order) {
    total += weights[index] ?? 1;
    cumulated.push(total);
  }
  return percentiles.map((percentile) => {
    const quantile = percentile / 100;
    const position = firstAtLeast(cumulated, quantile * total);
    return { quantile, value: values[order[position] ?? 0] ?? Number.NaN };
  });
}

function firstAtLeast(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
