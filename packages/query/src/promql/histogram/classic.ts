import { RankFinder } from './quantile.ts';

/** The buckets of a classic histogram at one time, with ascending bounds. Reused for every step. */
export class ClassicBuckets {
  readonly bounds: Float64Array;
  /** Cumulative counts of the observations up to each bound. */
  readonly counts: Float64Array;
  length = 0;

  constructor(maxLength: number) {
    this.bounds = new Float64Array(maxLength);
    this.counts = new Float64Array(maxLength);
  }

  /** Adds the next bucket; those with the same bound are added up. */
  add(bound: number, count: number): void {
    const last = this.length - 1;
    if (last >= 0 && this.bounds[last] === bound) {
      this.counts[last] += count;
      return;
    }
    this.bounds[this.length] = bound;
    this.counts[this.length] = count;
    this.length += 1;
  }
}

/** Buckets whose counts had to be raised so that none is less than the one before. */
export interface ForcedMonotonicity {
  readonly minBucket: number;
  readonly maxBucket: number;
  readonly maxDifference: number;
}

/** Estimates a quantile of the observations in a classic histogram, whose counts it makes monotonic. */
export function bucketQuantile(
  q: number,
  buckets: ClassicBuckets,
  noteForced: (forced: ForcedMonotonicity) => void,
): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const { bounds, counts, length } = buckets;
  if (length === 0 || bounds[length - 1] !== Number.POSITIVE_INFINITY) return Number.NaN;
  const forced = makeMonotonic(buckets);
  if (forced !== undefined) noteForced(forced);
  const observations = counts[length - 1];
  if (length < 2 || observations === 0) return Number.NaN;
  return interpolate(buckets, q * observations);
}

function interpolate({ bounds, counts, length }: ClassicBuckets, rank: number): number {
  const last = length - 1;
  let found = 0;
  while (found < last && !(counts[found] >= rank)) found += 1;
  // NaN ranks are below no count, and end in the last bucket.
  if (found === last) return bounds[last - 1];
  const bound = bounds[found];
  if (found === 0 && bound <= 0) return bound;
  const [lowerBound, lowerCount] = found === 0 ? [0, 0] : [bounds[found - 1], counts[found - 1]];
  return lowerBound + (bound - lowerBound) * ((rank - lowerCount) / (counts[found] - lowerCount));
}

/** Estimates the fraction of observations between two values in a classic histogram. */
export function bucketFraction(lower: number, upper: number, { bounds, counts, length }: ClassicBuckets): number {
  const total = counts[length - 1];
  if (length === 0 || bounds[length - 1] !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const ranks = new RankFinder([lower, upper]);
  let lowerBound = bounds[0] <= 0 ? Number.NEGATIVE_INFINITY : 0;
  for (let index = 0; index < length; index++) {
    const [upperBound, count] = [bounds[index], counts[index]];
    const before = ranks.rank;
    const bound = lowerBound;
    ranks.add({ lower: bound, upper: upperBound, count: count - before }, (value) =>
      bound === Number.NEGATIVE_INFINITY ? count : before + ((count - before) * (value - bound)) / (upperBound - bound),
    );
    ranks.rank = count;
    lowerBound = upperBound;
  }
  const [from = 0, to = 0] = ranks.found(total);
  return (to - from) / total;
}

/** Relative difference of counts that is attributed to rounding. */
const TOLERANCE = 1e-12;

function makeMonotonic({ bounds, counts, length }: ClassicBuckets): ForcedMonotonicity | undefined {
  let before = counts[0];
  let forced: ForcedMonotonicity | undefined;
  for (let index = 1; index < length; index++) {
    const count = counts[index];
    if (count === before) continue;
    if (almostEqual(before, count, TOLERANCE)) {
      counts[index] = before;
      continue;
    }
    if (count < before) {
      forced = {
        minBucket: Math.min(bounds[index], forced?.minBucket ?? Number.POSITIVE_INFINITY),
        maxBucket: Math.max(bounds[index], forced?.maxBucket ?? Number.NEGATIVE_INFINITY),
        maxDifference: Math.max(before - count, forced?.maxDifference ?? 0),
      };
      counts[index] = before;
      continue;
    }
    before = count;
  }
  return forced;
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
