import type { FieldReader } from '@otelier/otlp';
import { BucketSide } from './bucket-side.ts';
import { appendDoubles, doubleOf, intOf, isStaleMarker, sintOf, uintOf } from './fields.ts';
import type { WrittenHistogram } from './series.ts';

/** Decodes a native histogram, which has the same fields in both versions. */
export function decodeHistogram(fields: Iterable<FieldReader>): WrittenHistogram {
  const numbers = { count: 0, sum: 0, schema: 0, zeroThreshold: 0, zeroCount: 0, time: 0, startTime: 0 };
  let isStale = false;
  const positive = new BucketSide();
  const negative = new BucketSide();
  const customValues: number[] = [];
  for (const field of fields) {
    switch (field.field) {
      case 1:
        numbers.count = uintOf(field);
        break;
      case 2:
        numbers.count = doubleOf(field);
        break;
      case 3:
        numbers.sum = doubleOf(field);
        isStale = isStaleMarker(field);
        break;
      case 4:
        numbers.schema = sintOf(field);
        break;
      case 5:
        numbers.zeroThreshold = doubleOf(field);
        break;
      case 6:
        numbers.zeroCount = uintOf(field);
        break;
      case 7:
        numbers.zeroCount = doubleOf(field);
        break;
      case 8:
      case 9:
      case 10:
        negative.add(field.field - 8, field);
        break;
      case 11:
      case 12:
      case 13:
        positive.add(field.field - 11, field);
        break;
      case 15:
        numbers.time = intOf(field);
        break;
      case 16:
        appendDoubles(field, customValues);
        break;
      case 17:
        numbers.startTime = intOf(field);
        break;
      default:
    }
  }
  return { ...numbers, isStale, positive: positive.buckets, negative: negative.buckets, customValues };
}
