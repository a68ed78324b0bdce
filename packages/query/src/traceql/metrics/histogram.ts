/** Counts by the upper bound of their bucket. */
export type Buckets = ReadonlyMap<number, number>;

/** Returns the upper bound of a value's bucket: the next power of two. Values below 2 have none. */
export function bucketOf(value: number): number | undefined {
  if (!(value >= 2)) return undefined;
  const exponent = Math.ceil(Math.log2(value));
  // The logarithm of large numbers is not exact.
  return 2 ** (2 ** (exponent - 1) >= value ? exponent - 1 : exponent);
}

/** Estimates a quantile from buckets, with exponential interpolation. */
export function quantileOf(quantile: number, buckets: Buckets): number {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return 0;
  const wanted = Math.max(1, Math.ceil(quantile * total));
  let seen = 0;
  for (const [index, [max, count]] of sorted.entries()) {
    const isLast = index === sorted.length - 1;
    if (seen + count === wanted) return max;
    if (seen + count > wanted || isLast) {
      const share = (wanted - seen) / count;
      const upper = Math.log2(max);
      const lower = index > 0 ? Math.log2(sorted[index - 1]?.[0] ?? 1) : upper - 1;
      return 2 ** (lower + (upper - lower) * share);
    }
    seen += count;
  }
  return 0;
}
