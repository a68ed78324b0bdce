import { type ExponentialBucketCounts, TagWriter, varintSize } from '@otelier/otlp';
import { type PointData, writeDoubleField, writeExemplars, writeFixed64Field, writeTimes } from './metric.ts';
import { writeDouble, writeFixed64, writeVarint64 } from './numbers.ts';
import {
  BUCKETS_COUNTS,
  BUCKETS_OFFSET,
  DATA_POINTS,
  EXPONENTIAL_EXEMPLARS,
  EXPONENTIAL_MAX,
  EXPONENTIAL_MIN,
  EXPONENTIAL_NEGATIVE,
  EXPONENTIAL_POSITIVE,
  EXPONENTIAL_SCALE,
  EXPONENTIAL_ZERO_COUNT,
  HISTOGRAM_BOUNDS,
  HISTOGRAM_BUCKET_COUNTS,
  HISTOGRAM_COUNT,
  HISTOGRAM_EXEMPLARS,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
} from './tags.ts';

/** The fields that both kinds of histogram points have. */
interface DistributionData extends PointData {
  readonly count: number;
  /** Omitted if `undefined`, as are `min` and `max`. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** A data point of a histogram with explicit boundaries. */
export interface HistogramPointData extends DistributionData {
  /** The boundaries, encoded as a field. */
  readonly bounds: Uint8Array;
  /** Counts per bucket, one more than there are boundaries. */
  readonly bucketCounts: ArrayLike<number>;
}

/** A data point of an exponential histogram. */
export interface ExponentialPointData extends DistributionData {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBucketCounts;
  readonly negative: ExponentialBucketCounts;
}

/** Encodes the boundaries field shared by all points of a metric, or nothing if there are no boundaries. */
export function encodeBounds(boundaries: readonly number[]): Uint8Array {
  const writer = new TagWriter(boundaries.length * 8 + 4);
  if (boundaries.length > 0) {
    writer.uint(HISTOGRAM_BOUNDS, boundaries.length * 8);
    for (const bound of boundaries) writeDouble(writer, bound);
  }
  return writer.finish();
}

/** Writes a histogram data point. */
export function writeHistogramPoint(writer: TagWriter, point: HistogramPointData): void {
  const { bucketCounts, bounds, attributes } = point;
  const lengthBytes = varintSize(60 + bucketCounts.length * 8 + bounds.length + attributes.length);
  const open = writer.open(DATA_POINTS, lengthBytes);
  writeTimes(writer, point);
  writeFixed64Field(writer, HISTOGRAM_COUNT, point.count);
  if (point.sum !== undefined) writeDoubleField(writer, HISTOGRAM_SUM, point.sum);
  writer.uint(HISTOGRAM_BUCKET_COUNTS, bucketCounts.length * 8);
  for (let i = 0; i < bucketCounts.length; i++) writeFixed64(writer, bucketCounts[i]);
  writer.raw(bounds);
  writer.raw(attributes);
  if (point.min !== undefined) writeDoubleField(writer, HISTOGRAM_MIN, point.min);
  if (point.max !== undefined) writeDoubleField(writer, HISTOGRAM_MAX, point.max);
  writeExemplars(writer, HISTOGRAM_EXEMPLARS, point);
  writer.close(open, lengthBytes);
}

/** Writes an exponential histogram data point. */
export function writeExponentialPoint(writer: TagWriter, point: ExponentialPointData): void {
  const lengthBytes = varintSize(200 + point.attributes.length);
  const open = writer.open(DATA_POINTS, lengthBytes);
  writer.raw(point.attributes);
  writeTimes(writer, point);
  writeFixed64Field(writer, HISTOGRAM_COUNT, point.count);
  if (point.sum !== undefined) writeDoubleField(writer, HISTOGRAM_SUM, point.sum);
  if (point.scale !== 0) writer.uint(EXPONENTIAL_SCALE, zigzag(point.scale));
  writeFixed64Field(writer, EXPONENTIAL_ZERO_COUNT, point.zeroCount);
  writeBuckets(writer, EXPONENTIAL_POSITIVE, point.positive);
  writeBuckets(writer, EXPONENTIAL_NEGATIVE, point.negative);
  if (point.min !== undefined) writeDoubleField(writer, EXPONENTIAL_MIN, point.min);
  if (point.max !== undefined) writeDoubleField(writer, EXPONENTIAL_MAX, point.max);
  writeExemplars(writer, EXPONENTIAL_EXEMPLARS, point);
  writer.close(open, lengthBytes);
}

function writeBuckets(writer: TagWriter, tag: number, { offset, bucketCounts }: ExponentialBucketCounts): void {
  const lengthBytes = varintSize(bucketCounts.length);
  const open = writer.open(tag, lengthBytes);
  if (offset !== 0) writer.uint(BUCKETS_OFFSET, zigzag(offset));
  if (bucketCounts.length > 0) {
    const counts = writer.open(BUCKETS_COUNTS, lengthBytes);
    for (let i = 0; i < bucketCounts.length; i++) writeVarint64(writer, bucketCounts[i]);
    writer.close(counts, lengthBytes);
  }
  writer.close(open, lengthBytes);
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
