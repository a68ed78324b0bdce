import type { FieldReader } from '@otelier/otlp';
import { BucketSide, doubleOf, fieldsOf, intOf, messageOf, sintOf, uintOf } from '@otelier/query/prometheus-wire';
import type { NativeHistogram } from './exposition.ts';

/** A histogram message: its native form, and its classic buckets. */
export interface ParsedHistogram {
  readonly native: NativeHistogram;
  /** Whether it has anything that only native histograms have. */
  readonly isNative: boolean;
  readonly buckets: readonly ClassicBucket[];
  readonly exemplars: readonly (() => Iterable<FieldReader>)[];
  readonly startMillis: number | undefined;
}

/** A classic bucket with its cumulative count. */
export interface ClassicBucket {
  readonly bound: number;
  readonly count: number;
  readonly exemplars: readonly (() => Iterable<FieldReader>)[];
}

/** Reads an `io.prometheus.client.Histogram`. */
export function readHistogram(fields: Iterable<FieldReader>): ParsedHistogram {
  const numbers = { count: 0, countFloat: 0, sum: 0, schema: 0, zeroThreshold: 0, zeroCount: 0, zeroCountFloat: 0 };
  const positive = new BucketSide();
  const negative = new BucketSide();
  const buckets: ClassicBucket[] = [];
  const exemplars: (() => Iterable<FieldReader>)[] = [];
  let startMillis: number | undefined;
  for (const field of fields) {
    switch (field.field) {
      case 1:
        numbers.count = uintOf(field);
        break;
      case 2:
        numbers.sum = doubleOf(field);
        break;
      case 3:
        buckets.push(bucketOf(messageOf(field)));
        break;
      case 4:
        numbers.countFloat = doubleOf(field);
        break;
      case 5:
        numbers.schema = sintOf(field);
        break;
      case 6:
        numbers.zeroThreshold = doubleOf(field);
        break;
      case 7:
        numbers.zeroCount = uintOf(field);
        break;
      case 8:
        numbers.zeroCountFloat = doubleOf(field);
        break;
      case 9:
      case 10:
      case 11:
        negative.add(field.field - 9, field);
        break;
      case 12:
      case 13:
      case 14:
        positive.add(field.field - 12, field);
        break;
      case 15:
        startMillis = timestampOf(messageOf(field));
        break;
      case 16:
        exemplars.push(lazily(field));
        break;
      default:
    }
  }
  const { sum, schema, zeroThreshold } = numbers;
  const native: NativeHistogram = {
    schema,
    sum,
    zeroThreshold,
    count: numbers.countFloat > 0 ? numbers.countFloat : numbers.count,
    zeroCount: numbers.zeroCountFloat > 0 ? numbers.zeroCountFloat : numbers.zeroCount,
    positive: positive.buckets,
    negative: negative.buckets,
  };
  const isNative =
    native.positive.spans.length > 0 || native.negative.spans.length > 0 || zeroThreshold > 0 || native.zeroCount > 0;
  return { native, isNative, buckets, exemplars, startMillis };
}

function bucketOf(fields: Iterable<FieldReader>): ClassicBucket {
  let [bound, count, countFloat] = [0, 0, 0];
  const exemplars: (() => Iterable<FieldReader>)[] = [];
  for (const field of fields) {
    if (field.field === 1) count = uintOf(field);
    else if (field.field === 2) bound = doubleOf(field);
    else if (field.field === 3) exemplars.push(lazily(field));
    else if (field.field === 4) countFloat = doubleOf(field);
  }
  return { bound, count: countFloat > 0 ? countFloat : count, exemplars };
}

function lazily({ bytes, valueStart, valueEnd }: FieldReader): () => Iterable<FieldReader> {
  return () => fieldsOf(bytes, valueStart, valueEnd);
}

/** Returns a `google.protobuf.Timestamp` in milliseconds. */
export function timestampOf(fields: Iterable<FieldReader>): number {
  let [seconds, nanos] = [0, 0];
  for (const field of fields) {
    if (field.field === 1) seconds = intOf(field);
    else if (field.field === 2) nanos = intOf(field);
  }
  return seconds * 1000 + Math.trunc(nanos / 1e6);
}
