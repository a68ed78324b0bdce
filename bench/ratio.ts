/** A ratio with its 95 % confidence interval. */
export interface RatioEstimate {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Estimates the ratio of `after` to `before` from paired measurements: the geometric mean of the per-pair ratios, with
 * Student's t on their logarithms.
 */
export function estimateRatio(pairs: readonly { readonly before: number; readonly after: number }[]): RatioEstimate {
  const logs = pairs.map(({ before, after }) => Math.log(after / before));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  const margin = studentT95(logs.length - 1) * Math.sqrt(variance / logs.length);
  return { ratio: Math.exp(mean), low: Math.exp(mean - margin), high: Math.exp(mean + margin) };
}

/**
 * Returns the two-sided 95 % quantile of Student's t-distribution: from a table for up to 30 degrees of freedom, 1.96 +
 * 2.4/n beyond that.
 */
function studentT95(degrees: number): number {
  return QUANTILES[degrees - 1] ?? 1.96 + 2.4 / degrees;
}

const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
