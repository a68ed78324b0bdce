import type { DataPointJson } from '../otlp-json.ts';

/** A histogram bucket: the number of observations in `(lower, upper]`. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** Returns the buckets of an explicit or exponential histogram point in ascending order. Other points have none. */
export function bucketsOf(point: DataPointJson): Bucket[] {
  if (point.bucketCounts !== undefined)
    return explicitBuckets(point.bucketCounts.map(Number), point.explicitBounds ?? []);
  const base = 2 ** (2 ** -(point.scale ?? 0));
  const side = (buckets: DataPointJson['positive'], sign: 1 | -1): Bucket[] =>
    (buckets?.bucketCounts ?? []).map((count, i) => {
      const index = (buckets?.offset ?? 0) + i;
      const [near, far] = [sign * base ** index, sign * base ** (index + 1)];
      return { lower: Math.min(near, far), upper: Math.max(near, far), count: Number(count) };
    });
  return [
    ...side(point.negative, -1).toReversed(),
    { lower: 0, upper: 0, count: Number(point.zeroCount ?? 0) },
    ...side(point.positive, 1),
  ].filter(({ count }) => count !== 0);
}

function explicitBuckets(counts: readonly number[], bounds: readonly number[]): Bucket[] {
  return counts.map((count, i) => ({
    lower: bounds[i - 1] ?? Math.min(0, bounds[0] ?? 0),
    // The last bucket has no upper bound, so its lower bound is used.
    upper: bounds[i] ?? bounds.at(-1) ?? 0,
    count,
  }));
}

/** Returns a quantile of the observations, interpolated within its bucket. */
export function bucketQuantile(buckets: readonly Bucket[], q: number): number | undefined {
  const ascending = buckets.filter(({ count }) => count > 0).toSorted((a, b) => a.lower - b.lower || a.upper - b.upper);
  const total = ascending.reduce((sum, { count }) => sum + count, 0);
  let rest = q * total;
  for (const { lower, upper, count } of ascending) {
    if (rest <= count) return lower + ((upper - lower) * rest) / count;
    rest -= count;
  }
  return ascending.at(-1)?.upper;
}
