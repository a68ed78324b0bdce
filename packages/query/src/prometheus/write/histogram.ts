import type { FieldReader } from '@otelier/otlp';
import { appendDoubles, appendSints, doubleOf, intOf, isStaleMarker, messageOf, sintOf, uintOf } from './fields.ts';
import type { WrittenBuckets, WrittenHistogram } from './series.ts';

type Span = WrittenBuckets['spans'][number];

/** Decodes a native histogram, which has the same fields in both versions. */
export function decodeHistogram(fields: Iterable<FieldReader>): WrittenHistogram {
  const numbers = { count: 0, sum: 0, schema: 0, zeroThreshold: 0, zeroCount: 0, time: 0, startTime: 0 };
  let isStale = false;
  const positive = new Side();
  const negative = new Side();
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

/** The buckets of one sign under construction. */
class Side {
  readonly #spans: Span[] = [];
  readonly #deltas: number[] = [];
  readonly #counts: number[] = [];

  /** Adds a field: 0 is a span, 1 are deltas of counts, and 2 are counts. */
  add(kind: number, field: FieldReader): void {
    if (kind === 1) appendSints(field, this.#deltas);
    else if (kind === 2) appendDoubles(field, this.#counts);
    else this.#spans.push(decodeSpan(messageOf(field)));
  }

  get buckets(): WrittenBuckets {
    if (this.#deltas.length === 0) return { spans: this.#spans, counts: this.#counts };
    let count = 0;
    const counts = this.#deltas.map((delta) => {
      count += delta;
      return count;
    });
    return { spans: this.#spans, counts };
  }
}

function decodeSpan(fields: Iterable<FieldReader>): Span {
  let [offset, length] = [0, 0];
  for (const field of fields) {
    if (field.field === 1) offset = sintOf(field);
    else if (field.field === 2) length = uintOf(field);
  }
  return { offset, length };
}
