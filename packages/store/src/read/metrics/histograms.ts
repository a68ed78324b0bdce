import { asBigInt, asNumber, asText, type Row } from '../shared/context.ts';

/** A histogram bucket: the number of observations in `(lower, upper]`. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** Returns the `q`-quantile of the observations, interpolated within its bucket, or `undefined` if there are none. */
export function bucketQuantile(buckets: readonly Bucket[], q: number): number | undefined {
  const ascending = buckets.filter(({ count }) => count > 0).sort((a, b) => a.lower - b.lower || a.upper - b.upper);
  let rest = q * ascending.reduce((sum, { count }) => sum + count, 0);
  for (const { lower, upper, count } of ascending) {
    if (rest <= count) return lower + ((upper - lower) * rest) / count;
    rest -= count;
  }
  return ascending.at(-1)?.upper;
}

/** An explicit or exponential histogram point, as selected by `histogram-points.sql`. */
export interface HistogramPoint {
  readonly series: bigint;
  readonly step: number;
  readonly time: bigint;
  readonly start: bigint;
  readonly isDelta: boolean;
  readonly count: number;
  readonly buckets: ReadonlyMap<string, Bucket>;
}

/** Converts a row to a point. Points of other kinds have no buckets. */
export function histogramPoint(row: Row): HistogramPoint {
  const buckets = BUCKETS[asText(row['kind'])]?.(row) ?? [];
  return {
    series: asBigInt(row['series']),
    step: asNumber(row['step']),
    time: asBigInt(row['time']),
    start: asBigInt(row['start_time']),
    isDelta: row['is_delta'] === true,
    count: asNumber(row['count']),
    buckets: new Map(buckets.map((bucket) => [`${bucket.lower},${bucket.upper}`, bucket])),
  };
}

/**
 * Returns the observations since the previous cumulative point of the series (`undefined` for the first point, whose
 * observations are unknown), or those of a delta point. A lower count than before means that the histogram was reset.
 */
export function observedSince(point: HistogramPoint, before: HistogramPoint | undefined): readonly Bucket[] {
  if (point.isDelta) return [...point.buckets.values()];
  if (before === undefined || before.series !== point.series) return [];
  const restarted = point.count < before.count || (point.start !== before.start && point.start >= before.time);
  if (restarted) return [...point.buckets.values()];
  return [...point.buckets].map(([key, bucket]) => {
    const was = before.buckets.get(key)?.count ?? 0;
    return { ...bucket, count: Math.max(0, bucket.count - was) };
  });
}

/** Functions that return the buckets of a point, by metric kind. Other kinds have none. */
const BUCKETS: Readonly<Record<string, (row: Row) => readonly Bucket[]>> = {
  histogram: explicitBuckets,
  exponential_histogram: exponentialBuckets,
};

function explicitBuckets(row: Row): readonly Bucket[] {
  const counts = numbers(row['bucket_counts']);
  const bounds = numbers(row['explicit_bounds']);
  return counts.map((count, index) => ({
    lower: bounds[index - 1] ?? Math.min(0, bounds[0] ?? 0),
    // The last bucket has no upper bound, so its lower bound is used.
    upper: bounds[index] ?? bounds.at(-1) ?? 0,
    count,
  }));
}

function exponentialBuckets(row: Row): readonly Bucket[] {
  const base = 2 ** (2 ** -asNumber(row['scale']));
  const zero = asNumber(row['zero_threshold']);
  const side = (text: unknown, sign: 1 | -1): readonly Bucket[] => {
    if (typeof text !== 'string') return [];
    const { offset = 0, counts = [] } = JSON.parse(text) as { offset?: number; counts?: readonly number[] };
    return counts.map((count, index) => {
      const near = sign * base ** (offset + index);
      const far = sign * base ** (offset + index + 1);
      return { lower: Math.min(near, far), upper: Math.max(near, far), count };
    });
  };
  return [
    ...side(row['negative'], -1),
    { lower: -zero, upper: zero, count: asNumber(row['zero_count']) },
    ...side(row['positive'], 1),
  ];
}

function numbers(text: unknown): readonly number[] {
  return typeof text === 'string' ? (JSON.parse(text) as readonly number[]) : [];
}
