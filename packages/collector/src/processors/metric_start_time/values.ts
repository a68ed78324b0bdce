import type { DataPointView, MetricKind } from '@otelier/otlp';
import { type MutableBuckets, readExponentialValues } from '../../metrics/exponential-point.ts';

/** The non-decreasing values of a point of any kind. Values that the kind does not have are 0. */
export interface Values {
  readonly double: number;
  readonly int: bigint;
  readonly count: bigint;
  readonly sum: number;
  readonly zeroCount: bigint;
  readonly positive: MutableBuckets;
  readonly negative: MutableBuckets;
  /** The bucket layout: explicit bounds, or the scale. */
  readonly shape: readonly number[];
}

/** Zero for all values. */
export const ZERO: Values = {
  double: 0,
  int: 0n,
  count: 0n,
  sum: 0,
  zeroCount: 0n,
  positive: { offset: 0, bucketCounts: [] },
  negative: { offset: 0, bucketCounts: [] },
  shape: [],
};

/** Reads the values of a point. */
export function readValues(point: DataPointView, kind: MetricKind): Values {
  switch (kind) {
    case 'gauge':
    case 'sum': {
      const { value = 0, valueKind } = point;
      return valueKind === 'double' ? { ...ZERO, double: Number(value) } : { ...ZERO, int: BigInt(value) };
    }
    case 'summary':
      return { ...ZERO, count: point.count ?? 0n, sum: point.sum ?? 0 };
    case 'histogram': {
      const { count = 0n, sum = 0, bucketCounts = [], explicitBounds = [] } = point;
      const positive = { offset: 0, bucketCounts: [...bucketCounts] };
      return { ...ZERO, count, sum, positive, shape: explicitBounds };
    }
    case 'exponentialHistogram': {
      const { count, sum = 0, zeroCount, positive, negative, scale } = readExponentialValues(point);
      return { ...ZERO, count, sum, zeroCount, positive, negative, shape: [scale] };
    }
  }
}

/** Reports whether a value is below the previous one, or the bucket layout has changed. */
export function isReset(current: Values, previous: Values, shape: readonly number[]): boolean {
  return (
    current.double < previous.double ||
    current.int < previous.int ||
    current.count < previous.count ||
    current.sum < previous.sum ||
    current.zeroCount < previous.zeroCount ||
    current.shape.length !== shape.length ||
    current.shape.some((bound, index) => bound !== shape[index]) ||
    hasDecreased(current.positive, previous.positive) ||
    hasDecreased(current.negative, previous.negative)
  );
}

/** Compares buckets by position rather than by offset, as the Collector does. */
function hasDecreased({ bucketCounts: current }: MutableBuckets, { bucketCounts: previous }: MutableBuckets): boolean {
  return current.length !== previous.length || current.some((count, index) => count < (previous[index] ?? 0n));
}
