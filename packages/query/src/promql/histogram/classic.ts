import { RankFinder } from './quantile.ts';

/** A bucket of a classic histogram: the cumulative count of observations up to a bound. */
export interface ClassicBucket {
  readonly upperBound: number;
  readonly count: number;
}

/** Buckets whose counts had to be raised so that none is less than the one before. */
export interface ForcedMonotonicity {
  readonly minBucket: number;
  readonly maxBucket: number;
  readonly maxDifference: number;
}

/** Estimates a quantile of the observations in a classic histogram. */
export function bucketQuantile(
  q: number,
  unsorted: readonly ClassicBucket[],
): { readonly value: number; readonly forced?: ForcedMonotonicity | undefined } {
  if (Number.isNaN(q)) return { value: Number.NaN };
  if (q < 0) return { value: Number.NEGATIVE_INFINITY };
  if (q > 1) return { value: Number.POSITIVE_INFINITY };
  const sorted = sortAndMerge(unsorted);
  if (sorted.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return { value: Number.NaN };
  const { buckets, forced } = monotonic(sorted);
  const observations = buckets.at(-1)?.count ?? 0;
  if (buckets.length < 2 || observations === 0) return { value: Number.NaN, forced };
  return { value: interpolate(buckets, q * observations), forced };
}

function interpolate(buckets: readonly ClassicBucket[], rank: number): number {
  const last = buckets.length - 1;
  const found = buckets.slice(0, last).findIndex(({ count }) => count >= rank);
  const bucket = buckets[found];
  // NaN ranks are below no count, and end in the last bucket.
  if (bucket === undefined) return buckets[last - 1]?.upperBound ?? Number.NaN;
  if (found === 0 && bucket.upperBound <= 0) return bucket.upperBound;
  const before = buckets[found - 1] ?? { upperBound: 0, count: 0 };
  const fraction = (rank - before.count) / (bucket.count - before.count);
  return before.upperBound + (bucket.upperBound - before.upperBound) * fraction;
}

/** Estimates the fraction of observations between two values in a classic histogram. */
export function bucketFraction(lower: number, upper: number, unsorted: readonly ClassicBucket[]): number {
  const buckets = sortAndMerge(unsorted);
  const last = buckets.at(-1);
  if (last?.upperBound !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (last.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const ranks = new RankFinder([lower, upper]);
  let lowerBound = (buckets[0]?.upperBound ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0;
  for (const { upperBound, count } of buckets) {
    const before = ranks.rank;
    const bound = lowerBound;
    ranks.add({ lower: bound, upper: upperBound, count: count - before }, (value) =>
      bound === Number.NEGATIVE_INFINITY ? count : before + ((count - before) * (value - bound)) / (upperBound - bound),
    );
    ranks.rank = count;
    lowerBound = upperBound;
  }
  const [from = 0, to = 0] = ranks.found(last.count);
  return (to - from) / last.count;
}

function sortAndMerge(unsorted: readonly ClassicBucket[]): ClassicBucket[] {
  const merged: ClassicBucket[] = [];
  for (const bucket of unsorted.toSorted((a, b) =>
    a.upperBound < b.upperBound ? -1 : a.upperBound > b.upperBound ? 1 : 0,
  )) {
    const last = merged.at(-1);
    if (last?.upperBound === bucket.upperBound) {
      merged[merged.length - 1] = { upperBound: bucket.upperBound, count: last.count + bucket.count };
    } else merged.push(bucket);
  }
  return merged;
}

/** Relative difference of counts that is attributed to rounding. */
const TOLERANCE = 1e-12;

function monotonic(buckets: readonly ClassicBucket[]): {
  readonly buckets: readonly ClassicBucket[];
  readonly forced: ForcedMonotonicity | undefined;
} {
  let before = buckets[0]?.count ?? 0;
  let forced: ForcedMonotonicity | undefined;
  const fixed = buckets.map((bucket, index) => {
    const { upperBound, count } = bucket;
    if (index === 0 || count === before) return bucket;
    if (almostEqual(before, count, TOLERANCE)) return { upperBound, count: before };
    if (count < before) {
      forced = {
        minBucket: Math.min(upperBound, forced?.minBucket ?? Number.POSITIVE_INFINITY),
        maxBucket: Math.max(upperBound, forced?.maxBucket ?? Number.NEGATIVE_INFINITY),
        maxDifference: Math.max(before - count, forced?.maxDifference ?? 0),
      };
      return { upperBound, count: before };
    }
    before = count;
    return bucket;
  });
  return { buckets: fixed, forced };
}

const MIN_NORMAL = 2 ** -1022;

/** Reports whether two numbers differ by less than a fraction of their sum, or are both NaN. */
export function almostEqual(a: number, b: number, epsilon: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < epsilon * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < epsilon;
}
