import { encodeAttributes } from '../../../metrics/encoded-attributes.ts';
import type {
  ExponentialHistogramPointFields,
  HistogramPointFields,
  NumberBuckets,
  NumberPointFields,
  SummaryPointFields,
} from '../../../metrics/point-fields.ts';
import type { NativeBuckets, NativeHistogram } from '../parse/exposition.ts';
import type { Part, Point } from './family.ts';

/** Flag of a point without a value: the series has become stale. */
const NO_RECORDED_VALUE = 1;

function commonFields(point: Point) {
  const created = point.created?.value;
  return {
    attributes: encodeAttributes(point.labels),
    timeUnixNano: BigInt(point.timestampMillis) * 1_000_000n,
    startTimeUnixNano: typeof created === 'number' && created > 0 ? secondsToNanos(created) : 0n,
    exemplars: point.exemplars,
  };
}

function secondsToNanos(seconds: number): bigint {
  const whole = Math.trunc(seconds);
  return BigInt(whole) * 1_000_000_000n + BigInt(Math.trunc((seconds - whole) * 1e9));
}

const STALE = { flags: NO_RECORDED_VALUE } as const;

/** Returns the number point of a gauge or sum, or `undefined` if there is no value. */
export function numberPoint(point: Point, hasStart: boolean): NumberPointFields | undefined {
  const { value } = point;
  if (value === undefined) return undefined;
  const common = commonFields(point);
  const fields = hasStart ? common : { ...common, startTimeUnixNano: 0n };
  return typeof value.value === 'number'
    ? { ...fields, value: value.value }
    : { ...fields, ...STALE, value: undefined };
}

function isStale({ count, sum }: Point): boolean {
  return (count !== undefined && count.value === undefined) || (sum !== undefined && sum.value === undefined);
}

function numberOf(part: Part | undefined): number {
  return typeof part?.value === 'number' ? part.value : Number.NaN;
}

/** Sorts the parts of a point. Of one that is not stale, parts that have vanished are left out. */
function sortParts(point: Point): readonly Part[] {
  const { parts } = point;
  if (!isStale(point)) {
    const present = parts.filter(({ value }) => value !== undefined);
    parts.splice(0, parts.length, ...present);
  }
  return parts.sort((a, b) => a.bound - b.bound);
}

/** Returns the point of a classic histogram, or `undefined` if its counts are invalid. Sorts the parts of the point. */
export function histogramPoint(point: Point): HistogramPointFields | undefined {
  const { count, sum, parts } = point;
  if (count === undefined) return undefined;
  sortParts(point);
  if (parts.at(-1)?.bound === Number.POSITIVE_INFINITY) parts.pop();
  const explicitBounds = parts.map(({ bound }) => bound);
  const fields = { ...commonFields(point), explicitBounds };
  if (isStale(point)) return { ...fields, ...STALE, count: 0, bucketCounts: new Array(parts.length + 1).fill(0) };
  const bucketCounts: number[] = [];
  let before = 0;
  for (const value of [...parts.map(numberOf), numberOf(count)]) {
    if (!(value >= before)) return undefined;
    bucketCounts.push(Math.trunc(value - before));
    before = value;
  }
  const total = Math.trunc(numberOf(count));
  return { ...fields, count: total, sum: sum === undefined ? undefined : numberOf(sum), bucketCounts };
}

/** Returns the point of a summary, or `undefined` if there is no count. Sorts the parts of the point. */
export function summaryPoint(point: Point): SummaryPointFields | undefined {
  const { count, sum, parts } = point;
  if (count === undefined) return undefined;
  sortParts(point);
  const fields = commonFields(point);
  const stale = isStale(point);
  const quantileValues = parts.map((part) => ({ quantile: part.bound, value: stale ? 0 : numberOf(part) }));
  if (stale) return { ...fields, ...STALE, count: 0, sum: 0, quantileValues };
  const total = numberOf(count);
  const whole = Number.isFinite(total) && total > 0 ? Math.trunc(total) : 0;
  return { ...fields, count: whole, sum: sum === undefined ? 0 : numberOf(sum), quantileValues };
}

/** Returns the point of a native histogram, or `undefined` if it has no value. */
export function nativePoint(point: Point): ExponentialHistogramPointFields | undefined {
  if (point.value === undefined) return undefined;
  const { value } = point.value;
  const fields = commonFields(point);
  if (typeof value !== 'object') return { ...fields, ...STALE, count: 0, scale: 0, zeroCount: 0 };
  return { ...fields, ...nativeFields(value) };
}

function nativeFields({ schema, count, sum, zeroThreshold, zeroCount, positive, negative }: NativeHistogram) {
  return {
    scale: schema,
    count: Math.trunc(count),
    sum,
    zeroThreshold,
    zeroCount: Math.trunc(zeroCount),
    positive: denseBuckets(positive),
    negative: denseBuckets(negative),
  };
}

/** The bucket that ends at 1 has index 0 in Prometheus, and begins at 1 in OpenTelemetry. */
function denseBuckets({ spans, counts }: NativeBuckets): NumberBuckets | undefined {
  const first = spans[0];
  if (first === undefined) return undefined;
  const bucketCounts: number[] = [];
  let position = 0;
  for (const [number, { offset, length }] of spans.entries()) {
    for (let gap = number === 0 ? 0 : offset; gap > 0; gap--) bucketCounts.push(0);
    for (let end = position + length; position < end; position++) bucketCounts.push(Math.trunc(counts[position] ?? 0));
  }
  return bucketCounts.length === 0 ? undefined : { offset: first.offset - 1, bucketCounts };
}
