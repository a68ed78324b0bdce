import type { DataPointView, ExponentialBuckets, MetricView } from '@otelier/otlp';
import type { Value, ValueMap } from '../../../ottl/values/value.ts';
import { isList } from '../../../ottl/values/value.ts';
import { CONTROL } from '../routing.ts';

/** The value of a data point in a document, with the dynamic template of its field. */
export interface PointValue {
  readonly value: Value;
  readonly otelTemplate: string;
  readonly ecsTemplate: string;
}

const MAX_INT64 = 2n ** 63n - 1n;
const DELTA = 1;
const CUMULATIVE = 2;

/** Returns the mapping hints among attributes, such as `_doc_count`. */
export function hintsOf(attributes: ValueMap): readonly string[] {
  const hints = attributes.get(CONTROL.hints);
  return isList(hints) ? hints.filter((hint) => typeof hint === 'string') : [];
}

/** Returns the value of a data point, or why it has none. */
export function pointValue(
  point: DataPointView,
  metric: MetricView,
  hints: readonly string[],
): PointValue | { readonly reason: string } {
  switch (point.kind) {
    case 'gauge':
    case 'sum':
      return numberValue(point, metric);
    case 'summary':
      return summary(point);
    default:
      if (hints.includes('aggregate_metric_double')) return summary(point);
      return histogram(point, metric, hints.includes('histogram:raw'));
  }
}

/** Returns the number of measurements of a data point. */
export function documentCount({ kind, count }: DataPointView): bigint {
  return kind === 'gauge' || kind === 'sum' ? 1n : (count ?? 0n);
}

/** Reports whether points of a metric cannot be indexed: Elasticsearch has no cumulative histograms. */
export function isUnsupported({ kind, aggregationTemporality }: MetricView): boolean {
  const isHistogram = kind === 'histogram' || kind === 'exponentialHistogram';
  return isHistogram && aggregationTemporality !== DELTA && aggregationTemporality === CUMULATIVE;
}

function numberValue(point: DataPointView, metric: MetricView): PointValue | { readonly reason: string } {
  const { value, valueKind } = point;
  if (valueKind === undefined || value === undefined) return { reason: `${metric.name}: expected a number, got none` };
  if (!Number.isFinite(Number(value))) return { reason: `${metric.name}: expected a finite number, got ${value}` };
  const isCounter =
    metric.kind === 'sum' && metric.isMonotonic && metric.aggregationTemporality === CUMULATIVE ? 'counter' : 'gauge';
  return {
    value: valueKind === 'int' ? BigInt(value) : Number(value),
    otelTemplate: `${isCounter}_${valueKind === 'int' ? 'long' : 'double'}`,
    ecsTemplate: 'double_metrics',
  };
}

function summary({ sum = 0, count = 0n }: DataPointView): PointValue {
  const value: ValueMap = new Map<string, Value>([
    ['sum', sum],
    ['value_count', int64(count)],
  ]);
  return { value, otelTemplate: 'summary', ecsTemplate: 'summary_metrics' };
}

function histogram(point: DataPointView, metric: MetricView, isRaw: boolean): PointValue | { readonly reason: string } {
  const buckets = point.kind === 'histogram' ? explicitBuckets(point, isRaw) : exponentialBuckets(point, isRaw);
  if (buckets === undefined) return { reason: `${metric.name}: expected a count for each bucket` };
  const value: ValueMap = new Map<string, Value>([
    ['counts', buckets.counts],
    ['values', buckets.values],
  ]);
  return { value, otelTemplate: 'histogram', ecsTemplate: 'histogram_metrics' };
}

/** Counts with a value for each: the middle of the bucket or, if raw, its upper bound. */
interface Buckets {
  readonly counts: bigint[];
  readonly values: number[];
}

function explicitBuckets(point: DataPointView, isRaw: boolean): Buckets | undefined {
  const { bucketCounts = [], explicitBounds = [], count = 0n, sum = 0 } = point;
  if (bucketCounts.length > 0 && bucketCounts.length !== explicitBounds.length + 1) return undefined;
  if (explicitBounds.length === 0)
    return count > 0n ? { counts: [int64(count)], values: [sum / Number(count)] } : { counts: [], values: [] };
  const buckets: Buckets = { counts: [], values: [] };
  for (const [index, bucket] of bucketCounts.entries()) {
    if (bucket === 0n) continue;
    if (isRaw && index === explicitBounds.length) {
      // The last bucket has the value of the one before it, and values must increase.
      const last = buckets.counts.length - 1;
      if (last >= 0) buckets.counts[last] = (buckets.counts[last] ?? 0n) + int64(bucket);
      continue;
    }
    buckets.counts.push(int64(bucket));
    buckets.values.push(isRaw ? (explicitBounds[index] ?? 0) : middle(explicitBounds, index));
  }
  return buckets;
}

function middle(bounds: readonly number[], index: number): number {
  const [lower, upper] = [bounds[index - 1], bounds[index]];
  if (lower === undefined) return upper === undefined || upper > 0 ? (upper ?? 0) / 2 : upper;
  return upper === undefined ? lower : lower + (upper - lower) / 2;
}

function exponentialBuckets(point: DataPointView, isRaw: boolean): Buckets {
  const { scale = 0, zeroCount = 0n, positive, negative } = point;
  const buckets: Buckets = { counts: [], values: [] };
  const add = (count: bigint, lower: number, upper: number) => {
    if (count === 0n) return;
    buckets.counts.push(int64(count));
    buckets.values.push(isRaw ? upper : lower + (upper - lower) / 2);
  };
  for (const { index, count } of indexed(negative).reverse())
    add(count, -lowerBoundary(index + 1, scale), -lowerBoundary(index, scale));
  if (zeroCount !== 0n) add(zeroCount, 0, 0);
  for (const { index, count } of indexed(positive))
    add(count, lowerBoundary(index, scale), lowerBoundary(index + 1, scale));
  return buckets;
}

function indexed(buckets: ExponentialBuckets | undefined): { readonly index: number; readonly count: bigint }[] {
  return (buckets?.bucketCounts ?? []).map((count, at) => ({ index: (buckets?.offset ?? 0) + at, count }));
}

/** Returns the lower boundary of a bucket, computed as the Collector does. */
function lowerBoundary(index: number, scale: number): number {
  if (scale <= 0) return 2 ** (index * 2 ** -scale);
  return 2 * Math.exp((index - 2 ** scale) * (Math.LN2 * 2 ** -scale));
}

function int64(value: bigint): bigint {
  return value > MAX_INT64 ? MAX_INT64 : value;
}
