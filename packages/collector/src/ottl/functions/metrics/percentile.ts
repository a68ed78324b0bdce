import { DataPointView, type ExponentialBuckets, METRIC_FIELDS, metricKindOf } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { literalFloat, literalText, optional } from '../../compile/parameters.ts';
import { join } from '../../record/encode.ts';
import type { Subject } from '../../record/subject.ts';
import { EvaluationError } from '../../values/value.ts';
import { addMetric, textOf } from './extract.ts';
import { encodeNumberPoint, forEachPoint } from './points.ts';

/** The editor that adds a gauge with a histogram percentile. */
export const PERCENTILES: readonly FunctionDefinition[] = [
  defineFunction(
    'extract_percentile_metric',
    { percentile: literalFloat(), suffix: optional(literalText()) },
    ({ percentile, suffix }) => {
      if (!(percentile >= 0 && percentile <= 100))
        throw new EvaluationError(`expected a percentile from 0 to 100, got ${percentile}`);
      return (subject) => {
        const points = percentilePoints(subject, percentile);
        const description = textOf(subject, 'description');
        if (points.length > 0)
          addMetric(subject, {
            name: `${textOf(subject, 'name')}${suffix || `_p${percentile}`}`,
            description: description === '' ? `p${percentile}` : `${description} (p${percentile})`,
            dataField: METRIC_FIELDS.gauge,
            data: join(points),
          });
        return undefined;
      };
    },
  ),
];

function percentilePoints(subject: Subject, percentile: number): Uint8Array[] {
  const kind = metricKindOf(subject.dataField);
  if (kind !== 'histogram' && kind !== 'exponentialHistogram') return [];
  const points: Uint8Array[] = [];
  const view = new DataPointView().ofKind(kind);
  forEachPoint(subject, (source, fields) => {
    view.reset(source.bytes, source.start, source.end);
    const value =
      kind === 'histogram' ? percentileOfHistogram(view, percentile) : percentileOfExponential(view, percentile);
    if (value !== undefined) points.push(encodeNumberPoint({ source, fields, value }));
  });
  return points;
}

/** Returns the number of values up to the percentile. */
function rankOf(count: bigint, percentile: number): bigint {
  return BigInt(Math.ceil(Number(count) * (percentile / 100)));
}

/**
 * Interpolates within the bucket that contains the percentile, assuming evenly distributed values. Returns `undefined`
 * if the point has none.
 */
function percentileOfHistogram(point: DataPointView, percentile: number): number | undefined {
  const { count = 0n, bucketCounts = [], explicitBounds: bounds = [], min, max } = point;
  if (count === 0n || bucketCounts.length === 0) return undefined;
  if (bucketCounts.length !== bounds.length + 1)
    throw new EvaluationError(`expected ${bounds.length + 1} buckets, got ${bucketCounts.length}`);
  const rank = rankOf(count, percentile);
  if (bounds.length === 0) {
    if (min === undefined || max === undefined) return undefined;
    return min + (Number(rank) / Number(bucketCounts[0])) * (max - min);
  }
  const { index, ratio } = bucketOf(bucketCounts, rank, percentile);
  const upper = bounds[index] ?? max ?? Number.NEGATIVE_INFINITY;
  const lower = index > 0 ? (bounds[index - 1] as number) : lowestOf(min, upper);
  return upper <= lower ? lower : lower + ratio * (upper - lower);
}

/** Returns the lower end of the first bucket: the minimum or 0, unless the bucket ends below it. */
function lowestOf(min: number | undefined, upper: number): number {
  if (min !== undefined && min < upper) return min;
  return Math.min(0, upper);
}

/** Interpolates within the bucket that contains the percentile: logarithmically, but linearly around zero. */
function percentileOfExponential(point: DataPointView, percentile: number): number | undefined {
  const { count = 0n, scale = 0, zeroCount = 0n, zeroThreshold = 0 } = point;
  const negative = point.negative ?? NO_BUCKETS;
  const positive = point.positive ?? NO_BUCKETS;
  const hasNegative = negative.bucketCounts.length > 0;
  const hasPositive = positive.bucketCounts.length > 0;
  if (count === 0n || (!hasNegative && !hasPositive && zeroCount === 0n)) return undefined;
  const rank = rankOf(count, percentile);
  const below = negative.bucketCounts.reduce((sum, bucket) => sum + bucket, 0n);
  if (hasNegative && below >= rank) {
    // Starting with the values farthest from zero.
    const { index, ratio } = bucketOf(negative.bucketCounts.toReversed(), rank, percentile);
    return -interpolated(negative.offset + negative.bucketCounts.length - 1 - index, scale, 1 - ratio);
  }
  if (below + zeroCount >= rank) {
    const lower = !hasNegative && hasPositive ? 0 : -zeroThreshold;
    const upper = !hasPositive && hasNegative ? 0 : zeroThreshold;
    return lower + (Number(rank - below) / Number(zeroCount)) * (upper - lower);
  }
  const { index, ratio } = bucketOf(positive.bucketCounts, rank - below - zeroCount, percentile);
  return interpolated(positive.offset + index, scale, ratio);
}

const NO_BUCKETS: ExponentialBuckets = { offset: 0, bucketCounts: [] };

/** Returns the first bucket that reaches a rank, and the relative position of the rank within it. */
function bucketOf(counts: readonly bigint[], rank: bigint, percentile: number): { index: number; ratio: number } {
  let sum = 0n;
  for (const [index, count] of counts.entries()) {
    if (sum + count >= rank) return { index, ratio: Number(rank - sum) / Number(count) };
    sum += count;
  }
  throw new EvaluationError(`the buckets contain too few values for the percentile ${percentile}`);
}

/** Returns the value at `ratio` within a bucket, interpolated logarithmically. */
function interpolated(index: number, scale: number, ratio: number): number {
  return 2 ** ((index + ratio) * 2 ** -scale);
}
