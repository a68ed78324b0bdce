import type { DataPointView, MetricKind } from '@otelier/otlp';
import type { MutableBuckets } from '../../metrics/exponential-point.ts';
import type { PointRecord } from '../../metrics/point-record.ts';
import type { Values } from './values.ts';

/** Subtracts the first values of a stream from those of a point. Buckets are left unchanged if their number differs. */
export function subtractReference(
  record: PointRecord,
  kind: MetricKind,
  { valueKind }: DataPointView,
  values: Values,
  reference: Values,
): void {
  if (kind === 'sum') {
    if (valueKind === 'double') record.setNumber(values.double - reference.double);
    else record.setNumber(values.int - reference.int);
    return;
  }
  const sum = values.sum - reference.sum;
  record.setFixed64('count', difference(values.count, reference.count));
  record.setDouble('sum', kind === 'summary' && sum === 0 ? undefined : sum);
  if (kind === 'summary') return;
  const isSame = (['positive', 'negative'] as const).every(
    (sign) => values[sign].bucketCounts.length === reference[sign].bucketCounts.length,
  );
  if (kind === 'histogram') {
    if (isSame) record.setFixed64s('bucketCounts', subtractBuckets(values.positive, reference.positive).bucketCounts);
    return;
  }
  record.setFixed64('zeroCount', difference(values.zeroCount, reference.zeroCount));
  if (!isSame) return;
  record.setBuckets('positive', subtractBuckets(values.positive, reference.positive));
  record.setBuckets('negative', subtractBuckets(values.negative, reference.negative));
}

/** Subtracts buckets index by index. */
function subtractBuckets({ offset, bucketCounts }: MutableBuckets, reference: MutableBuckets): MutableBuckets {
  const distance = offset - reference.offset;
  const counts = bucketCounts.map((count, index) => difference(count, reference.bucketCounts[index + distance] ?? 0n));
  return { offset, bucketCounts: counts };
}

function difference(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a - b);
}
