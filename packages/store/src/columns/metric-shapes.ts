import type { MetricKind } from '../contract.ts';
import { FIELD, type KernelShape } from './kernel/item-kernel.ts';

/** Metric kinds, keyed by the field of the Metric message that contains the data. */
export const METRIC_KINDS: ReadonlyMap<number, MetricKind> = new Map([
  [5, 'gauge'],
  [7, 'sum'],
  [9, 'histogram'],
  [10, 'exponential_histogram'],
  [11, 'summary'],
]);

/** The 64-bit point columns that store the words of the wire format. */
export type Words64Name =
  | 'value_double'
  | 'value_int'
  | 'count'
  | 'sum'
  | 'min'
  | 'max'
  | 'zero_count'
  | 'zero_threshold';

/** The column in which a point field is stored. */
export type PointField = PlainField | TextField;

type PlainField =
  | { readonly kind: 'attribute'; readonly column: 'attributes' }
  | { readonly kind: 'time'; readonly column: 'time' | 'start_time' }
  | { readonly kind: 'fixed64'; readonly column: Words64Name; readonly isDouble: boolean }
  | { readonly kind: 'zigzag'; readonly column: 'scale' }
  | { readonly kind: 'flags'; readonly column: 'flags' };

/** Fields whose values are combined into one JSON column per point. */
export type TextField =
  | { readonly kind: 'counts'; readonly column: 'bucket_counts' }
  | { readonly kind: 'bounds'; readonly column: 'explicit_bounds' }
  | { readonly kind: 'buckets'; readonly column: 'positive' | 'negative' }
  | { readonly kind: 'quantiles'; readonly column: 'quantiles' }
  | { readonly kind: 'exemplars'; readonly column: 'exemplars' };

const ATTRIBUTE: PointField = { kind: 'attribute', column: 'attributes' };
const TIME: PointField = { kind: 'time', column: 'time' };
const START_TIME: PointField = { kind: 'time', column: 'start_time' };
const FLAGS: PointField = { kind: 'flags', column: 'flags' };
const EXEMPLARS: PointField = { kind: 'exemplars', column: 'exemplars' };
const DOUBLES: ReadonlySet<Words64Name> = new Set(['value_double', 'sum', 'min', 'max', 'zero_threshold']);
const fixed64 = (column: Words64Name): PointField => ({ kind: 'fixed64', column, isDouble: DOUBLES.has(column) });

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const tag = (field: number, wireType: number) => field * 8 + wireType;

/** The fields of a kind's points by tag (field number × 8 + wire type). */
export type PointShape = readonly (PointField | undefined)[];

/** Returns an array without holes, which is read faster than a map. */
function shapeOf(fields: readonly (readonly [number, PointField])[]): PointShape {
  const shape: (PointField | undefined)[] = new Array(128).fill(undefined);
  for (const [at, field] of fields) shape[at] = field;
  return shape;
}

const NUMBER = shapeOf([
  [tag(2, FIXED64), START_TIME],
  [tag(3, FIXED64), TIME],
  [tag(4, FIXED64), fixed64('value_double')],
  [tag(5, BYTES), EXEMPLARS],
  [tag(6, FIXED64), fixed64('value_int')],
  [tag(7, BYTES), ATTRIBUTE],
  [tag(8, VARINT), FLAGS],
]);

/** Fields of the points of each kind. */
export const POINT_SHAPES: Readonly<Record<MetricKind, PointShape>> = {
  gauge: NUMBER,
  sum: NUMBER,
  histogram: shapeOf([
    [tag(2, FIXED64), START_TIME],
    [tag(3, FIXED64), TIME],
    [tag(4, FIXED64), fixed64('count')],
    [tag(5, FIXED64), fixed64('sum')],
    [tag(6, BYTES), { kind: 'counts', column: 'bucket_counts' }],
    [tag(7, BYTES), { kind: 'bounds', column: 'explicit_bounds' }],
    [tag(8, BYTES), EXEMPLARS],
    [tag(9, BYTES), ATTRIBUTE],
    [tag(10, VARINT), FLAGS],
    [tag(11, FIXED64), fixed64('min')],
    [tag(12, FIXED64), fixed64('max')],
  ]),
  exponential_histogram: shapeOf([
    [tag(1, BYTES), ATTRIBUTE],
    [tag(2, FIXED64), START_TIME],
    [tag(3, FIXED64), TIME],
    [tag(4, FIXED64), fixed64('count')],
    [tag(5, FIXED64), fixed64('sum')],
    [tag(6, VARINT), { kind: 'zigzag', column: 'scale' }],
    [tag(7, FIXED64), fixed64('zero_count')],
    [tag(8, BYTES), { kind: 'buckets', column: 'positive' }],
    [tag(9, BYTES), { kind: 'buckets', column: 'negative' }],
    [tag(10, VARINT), FLAGS],
    [tag(11, BYTES), EXEMPLARS],
    [tag(12, FIXED64), fixed64('min')],
    [tag(13, FIXED64), fixed64('max')],
    [tag(14, FIXED64), fixed64('zero_threshold')],
  ]),
  summary: shapeOf([
    [tag(2, FIXED64), START_TIME],
    [tag(3, FIXED64), TIME],
    [tag(4, FIXED64), fixed64('count')],
    [tag(5, FIXED64), fixed64('sum')],
    [tag(6, BYTES), { kind: 'quantiles', column: 'quantiles' }],
    [tag(7, BYTES), ATTRIBUTE],
    [tag(8, VARINT), FLAGS],
  ]),
};

/** Numeric fields without presence: an absent field equals 0 (protobuf, "Field Presence"). */
export const ZERO_WHEN_ABSENT: Readonly<Record<MetricKind, readonly Words64Name[]>> = {
  gauge: [],
  sum: [],
  histogram: ['count'],
  exponential_histogram: ['count', 'zero_count'],
  summary: ['count', 'sum'],
};

/** The fields of points of gauges and sums. The columns are those of `kernelTargets`. */
export const NUMBER_FIELDS: KernelShape = {
  fields: [
    [0x3a, FIELD.attribute, 0],
    [0x11, FIELD.time, 0],
    [0x19, FIELD.time, 1],
    [0x21, FIELD.double, 2],
    [0x31, FIELD.fixed64, 3],
    [0x40, FIELD.small, 4],
  ],
  required: [1],
  hashed: true,
};
