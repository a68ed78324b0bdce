import { scaleBuckets } from './buckets.ts';
import { compact, type FloatHistogram, isCustom } from './float-histogram.ts';
import { type Bucket, fractionBelow, negativeBuckets, positiveBuckets, zeroBucket } from './iterate.ts';

/** What remains of a bucket: a count and the value that its observations are assumed to have. */
interface Rest {
  readonly count: number;
  readonly midpoint: number;
}

const NOTHING: Rest = { count: 0, midpoint: 0 };

/** Removes the observations above (`upper`) or below (`lower`) a value. */
export function trimBuckets(histogram: FloatHistogram, value: number, side: 'upper' | 'lower'): FloatHistogram {
  const custom = isCustom(histogram);
  const positive = positiveBuckets(histogram);
  const negative = negativeBuckets(histogram);
  const trimAll = (buckets: readonly Bucket[], isPositive: boolean): Rest[] =>
    buckets.map((bucket) =>
      bucket.count === 0 ? NOTHING : trimBucket(bucket, value, { isUpper: side === 'upper', isPositive, custom }),
    );
  const [positiveRests, negativeRests] = [trimAll(positive, true), trimAll(negative, false)];
  const isUsed = ({ count }: Bucket): boolean => count !== 0;
  const zero =
    histogram.zeroCount > 0 ? trimZero(histogram, value, side, negative.some(isUsed), positive.some(isUsed)) : NOTHING;
  const isUnchanged =
    positive.every(({ count }, index) => count === positiveRests[index]?.count) &&
    negative.every(({ count }, index) => count === negativeRests[index]?.count) &&
    (histogram.zeroCount <= 0 || zero.count === histogram.zeroCount);
  if (isUnchanged) return histogram;
  let count = 0;
  let sum = 0;
  for (const rest of [...positiveRests, ...negativeRests, zero]) {
    count += rest.count;
    sum += rest.midpoint * rest.count;
  }
  const replaced = (rests: readonly Rest[]): (() => number) => {
    let index = 0;
    return () => rests[index++]?.count ?? 0;
  };
  return compact({
    ...histogram,
    count,
    sum,
    zeroCount: histogram.zeroCount > 0 ? zero.count : histogram.zeroCount,
    positive: scaleBuckets(histogram.positive, replaced(positiveRests)),
    negative: scaleBuckets(histogram.negative, replaced(negativeRests)),
  });
}

interface Trim {
  readonly isUpper: boolean;
  readonly isPositive: boolean;
  readonly custom: boolean;
}

function trimBucket(bucket: Bucket, value: number, trim: Trim): Rest {
  const { lower, upper, count } = bucket;
  const keepsAll = trim.isUpper ? upper <= value : lower >= value;
  if (keepsAll) return { count, midpoint: midpoint(lower, upper, trim) };
  const contains = trim.isUpper ? lower < value : upper > value;
  if (!contains) return NOTHING;
  if (lower === Number.NEGATIVE_INFINITY || upper === Number.POSITIVE_INFINITY) {
    return trimInfinite(bucket, value, trim.isUpper);
  }
  const below = splitBelow(bucket, value, trim.custom);
  if (trim.isUpper) return { count: below, midpoint: midpoint(lower, value, trim) };
  return { count: count - below, midpoint: midpoint(value, upper, trim) };
}

function splitBelow(bucket: Bucket, value: number, isLinear: boolean): number {
  if (value <= bucket.lower) return 0;
  if (value >= bucket.upper) return bucket.count;
  return bucket.count * fractionBelow(bucket, value, isLinear);
}

function trimInfinite({ lower, upper, count }: Bucket, value: number, isUpper: boolean): Rest {
  const finite = (bound: number): number => (Number.isFinite(bound) ? bound : 0);
  if (lower !== Number.NEGATIVE_INFINITY) {
    if (isUpper) return { count: 0, midpoint: finite(lower) };
    return value >= lower ? { count, midpoint: value } : { count: 0, midpoint: finite(lower) };
  }
  const isBounded = upper !== Number.POSITIVE_INFINITY;
  if (isUpper) {
    if (value >= upper) return { count, midpoint: 0 };
    if (value > 0 && upper > 0 && isBounded) return { count: (count * value) / upper, midpoint: value / 2 };
    return upper <= 0 ? { count, midpoint: value } : { count: 0, midpoint: finite(upper) };
  }
  if (value <= lower) return { count, midpoint: 0 };
  if (value >= 0 && upper > value && isBounded) {
    return { count: count * (1 - value / upper), midpoint: (value + upper) / 2 };
  }
  return { count: 0, midpoint: finite(upper) };
}

function trimZero(
  histogram: FloatHistogram,
  value: number,
  side: 'upper' | 'lower',
  hasNegative: boolean,
  hasPositive: boolean,
): Rest {
  const bucket = zeroBucket(histogram);
  // With observations on one side only, the zero bucket has none on the other one.
  const upper = hasNegative && !hasPositive ? 0 : bucket.upper;
  const lower = hasPositive && !hasNegative ? 0 : bucket.lower;
  const whole = { count: bucket.count, midpoint: (lower + upper) / 2 };
  if (side === 'upper') {
    if (value <= lower) return NOTHING;
    if (value >= upper) return whole;
    return { count: (bucket.count * (value - lower)) / (upper - lower), midpoint: (lower + value) / 2 };
  }
  if (value <= lower) return whole;
  if (value >= upper) return NOTHING;
  return { count: (bucket.count * (upper - value)) / (upper - lower), midpoint: (value + upper) / 2 };
}

function midpoint(lower: number, upper: number, { isPositive, custom }: Trim): number {
  if (!Number.isFinite(lower)) {
    if (!Number.isFinite(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (!Number.isFinite(upper)) return lower;
  if (custom) return (lower + upper) / 2;
  const mean = Math.sqrt(Math.abs(lower * upper));
  return isPositive ? mean : -mean;
}
