import { DataPointView, type ExponentialBuckets, METRIC_FIELDS, metricKindOf, readDouble } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { literalFloat, literalText, optional } from '../../compile/parameters.ts';
import { join } from '../../record/encode.ts';
import { MessageRecord } from '../../record/message-record.ts';
import type { Subject } from '../../record/subject.ts';
import { EvaluationError } from '../../values/value.ts';
import { addMetric, textOf } from './extract.ts';
import { encodeNumberPoint, forEachPoint } from './points.ts';

/** The editor that adds a gauge with a percentile of a histogram or summary. */
export const PERCENTILES: readonly FunctionDefinition[] = [
  defineFunction(
    'extract_percentile_metric',
    { percentile: literalFloat(), suffix: optional(literalText()) },
    ({ percentile, suffix = `_p${percentile}` }) => {
      if (!(percentile >= 0 && percentile <= 100))
        throw new EvaluationError(`expected a percentile from 0 to 100, got ${percentile}`);
      return (subject) => {
        const points = percentilePoints(subject, percentile);
        if (points.length > 0)
          addMetric(subject, {
            name: `${textOf(subject, 'name')}${suffix}`,
            description: `${textOf(subject, 'description')} (p${percentile})`,
            unit: textOf(subject, 'unit'),
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
  if (kind !== 'histogram' && kind !== 'exponentialHistogram' && kind !== 'summary')
    throw new EvaluationError('expected a histogram, exponential histogram or summary');
  const points: Uint8Array[] = [];
  const view = new DataPointView().ofKind(kind);
  forEachPoint(subject, (source, fields) => {
    view.reset(source.bytes, source.start, source.end);
    const value =
      kind === 'summary'
        ? quantileOf(source, fields['quantileValues'] ?? 0, percentile)
        : kind === 'histogram'
          ? percentileOfHistogram(view, percentile)
          : percentileOfExponential(view, percentile);
    points.push(encodeNumberPoint({ source, fields, value }));
  });
  return points;
}

const QUANTILE = 1;
const VALUE = 2;

/** Returns the value of the quantile that the summary has. */
function quantileOf(point: MessageRecord, field: number, percentile: number): number {
  const quantile = new MessageRecord();
  let value: number | undefined;
  point.forEach(field, (bytes, start, end) => {
    quantile.reset(bytes, start, end);
    if (value === undefined && doubleOf(quantile, QUANTILE) === percentile / 100) value = doubleOf(quantile, VALUE);
  });
  if (value === undefined) throw new EvaluationError(`the summary has no quantile for the percentile ${percentile}`);
  return value;
}

function doubleOf(record: MessageRecord, field: number): number {
  const at = record.find(field);
  return at < 0 ? 0 : readDouble(record.source, at);
}

/** Number of values up to the percentile. */
function rankOf(count: bigint, percentile: number): bigint {
  return BigInt(Math.ceil(Number(count) * (percentile / 100)));
}

/** Interpolates in the bucket that contains the percentile, as if values were spread evenly. */
function percentileOfHistogram(point: DataPointView, percentile: number): number {
  const { count = 0n, bucketCounts = [], explicitBounds: bounds = [] } = point;
  const [first] = bounds;
  if (count === 0n || bucketCounts.length === 0 || first === undefined) return Number.NaN;
  const { index, ratio } = bucketOf(bucketCounts, rankOf(count, percentile), percentile);
  if (index === 0) return first * ratio;
  const lower = bounds[index - 1] ?? 0;
  const upper = bounds[index] ?? Math.max(point.max ?? lower, lower);
  return upper === lower ? lower : lower + ratio * (upper - lower);
}

/** Interpolates in the bucket that contains the percentile: in logarithms, but linearly around zero. */
function percentileOfExponential(point: DataPointView, percentile: number): number {
  const { count = 0n, scale = 0, zeroCount = 0n, zeroThreshold = 0 } = point;
  const negative = point.negative ?? NO_BUCKETS;
  const positive = point.positive ?? NO_BUCKETS;
  const hasNegative = negative.bucketCounts.length > 0;
  const hasPositive = positive.bucketCounts.length > 0;
  if (count === 0n || (!hasNegative && !hasPositive && zeroCount === 0n)) return Number.NaN;
  const rank = rankOf(count, percentile);
  const below = negative.bucketCounts.reduce((sum, bucket) => sum + bucket, 0n);
  if (hasNegative && below >= rank) {
    const { index, ratio } = bucketOf(negative.bucketCounts, rank, percentile);
    return -interpolated(negative.offset + index, scale, 1 - ratio);
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

/** Returns the first bucket that reaches a rank, and how far into it the rank is. */
function bucketOf(counts: readonly bigint[], rank: bigint, percentile: number): { index: number; ratio: number } {
  let sum = 0n;
  for (const [index, count] of counts.entries()) {
    if (sum + count >= rank) return { index, ratio: Number(rank - sum) / Number(count) };
    sum += count;
  }
  throw new EvaluationError(`the buckets contain too few values for the percentile ${percentile}`);
}

/** Returns the value at `ratio` of a bucket, in logarithms. */
function interpolated(index: number, scale: number, ratio: number): number {
  return 2 ** ((index + ratio) * 2 ** -scale);
}
