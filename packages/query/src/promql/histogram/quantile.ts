import { type FloatHistogram, isCustom } from './float-histogram.ts';
import { allBuckets, type Bucket, fractionBelow } from './iterate.ts';

/** A quantile or fraction, and whether observations of NaN affected it. */
export interface Estimate {
  readonly value: number;
  readonly nan?: 'result' | 'skew' | 'excluded' | undefined;
}

/** Estimates a quantile of the observations in a native histogram. */
export function histogramQuantile(q: number, histogram: FloatHistogram): Estimate {
  if (q < 0) return { value: Number.NEGATIVE_INFINITY };
  if (q > 1) return { value: Number.POSITIVE_INFINITY };
  if (histogram.count === 0 || Number.isNaN(q)) return { value: Number.NaN };
  const hasNaN = Number.isNaN(histogram.sum);
  // Observations of NaN are in no bucket, so that ranks can only be counted from below.
  const isForward = hasNaN || q < 0.5;
  const ascending = allBuckets(histogram);
  const buckets = isForward ? ascending : ascending.reverse();
  const rank = (isForward ? q : 1 - q) * histogram.count;
  const { bucket, count, position } = findRank(buckets, rank);
  const custom = isCustom(histogram);
  const infinite = custom ? infiniteBound(bucket) : undefined;
  if (infinite !== undefined) return { value: infinite };
  const bounded = custom ? withLowerBound(bucket) : withNaturalBounds(bucket, histogram);
  const reached = Math.min(count, histogram.count);
  if (reached < rank) return hasNaN ? { value: Number.NaN, nan: 'result' } : { value: bounded.upper };
  const rankInBucket = isForward ? rank - (reached - bounded.count) : reached - rank;
  const total = buckets.slice(position + 1).reduce((sum, next) => sum + next.count, reached);
  const nan = hasNaN && total < histogram.count ? 'skew' : undefined;
  return { value: interpolate(bounded, rankInBucket / bounded.count, custom), nan };
}

const NO_BUCKET: Bucket = { lower: 0, upper: 0, includesLower: false, includesUpper: false, count: 0, index: 0 };

function findRank(buckets: readonly Bucket[], rank: number): { bucket: Bucket; count: number; position: number } {
  let bucket = NO_BUCKET;
  let count = 0;
  for (const [position, next] of buckets.entries()) {
    bucket = next;
    if (next.count === 0) continue;
    count += next.count;
    if (count >= rank) return { bucket, count, position };
  }
  return { bucket, count, position: buckets.length };
}

/** Without observations on one side, the zero bucket ends at 0 on that side. */
function withNaturalBounds(bucket: Bucket, { positive, negative }: FloatHistogram): Bucket {
  if (!(bucket.lower < 0 && bucket.upper > 0)) return bucket;
  const hasPositive = positive.indexes.length > 0;
  const hasNegative = negative.indexes.length > 0;
  if (hasPositive && !hasNegative) return { ...bucket, lower: 0 };
  return hasNegative && !hasPositive ? { ...bucket, upper: 0 } : bucket;
}

/** The result in a custom bucket without a finite bound to interpolate to. */
function infiniteBound({ lower, upper }: Bucket): number | undefined {
  if (lower === Number.NEGATIVE_INFINITY) return upper <= 0 ? upper : undefined;
  return upper === Number.POSITIVE_INFINITY ? lower : undefined;
}

function withLowerBound(bucket: Bucket): Bucket {
  return bucket.lower === Number.NEGATIVE_INFINITY ? { ...bucket, lower: 0 } : bucket;
}

function interpolate({ lower, upper }: Bucket, fraction: number, custom: boolean): number {
  if (custom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** Estimates the fraction of observations between two values in a native histogram. */
export function histogramFraction(lower: number, upper: number, histogram: FloatHistogram): Estimate {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN };
  if (lower >= upper) return { value: 0 };
  const custom = isCustom(histogram);
  const buckets = allBuckets(histogram);
  const ranks = new RankFinder([lower, upper]);
  for (const original of buckets) {
    const isZero = original.lower <= 0 && original.upper >= 0;
    const bucket = isZero ? withZeroBounds(original, histogram) : original;
    ranks.add(bucket, (value) => {
      if (custom || isZero) {
        // Nothing can be interpolated in a bucket without a lower bound.
        if (bucket.lower === Number.NEGATIVE_INFINITY) return bucket.count;
        return ranks.rank + bucket.count * fractionBelow(bucket, value, true);
      }
      return ranks.rank + bucket.count * fractionBelow(bucket, value, false);
    });
  }
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const hasNaN = Number.isNaN(histogram.sum);
  const [from = 0, to = 0] = ranks.found(hasNaN ? total : histogram.count);
  return { value: (to - from) / histogram.count, nan: hasNaN && total < histogram.count ? 'excluded' : undefined };
}

function withZeroBounds(bucket: Bucket, { positive, negative }: FloatHistogram): Bucket {
  const hasPositive = positive.indexes.length > 0;
  const hasNegative = negative.indexes.length > 0;
  if (hasPositive && !hasNegative) return { ...bucket, lower: 0 };
  return hasNegative && !hasPositive ? { ...bucket, upper: 0 } : bucket;
}

/** Finds how many observations are below each of several values, in one pass over ascending buckets. */
export class RankFinder {
  readonly #values: readonly number[];
  readonly #ranks: (number | undefined)[];
  /** Observations in the buckets so far. */
  rank = 0;

  constructor(values: readonly number[]) {
    this.#values = values;
    this.#ranks = values.map(() => undefined);
  }

  /** Adds the next bucket. `below` returns the observations below a value within it. */
  add(
    bucket: { readonly lower: number; readonly upper: number; readonly count: number },
    below: (value: number) => number,
  ): void {
    for (const [index, value] of this.#values.entries()) {
      if (this.#ranks[index] !== undefined) continue;
      if (bucket.lower >= value) this.#ranks[index] = this.rank;
      else if (bucket.upper > value) this.#ranks[index] = below(value);
    }
    this.rank += bucket.count;
  }

  /** Returns the ranks, at most the total. */
  found(total: number): number[] {
    return this.#ranks.map((rank) => Math.min(rank ?? total, total));
  }
}
