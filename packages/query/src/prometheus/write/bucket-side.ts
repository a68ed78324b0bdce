import type { FieldReader } from '@otelier/otlp';
import { appendDoubles, appendSints, messageOf, sintOf, uintOf } from './fields.ts';
import type { WrittenBuckets } from './series.ts';

type Span = WrittenBuckets['spans'][number];

/** The buckets of one sign of a native histogram, read from the fields of a protobuf message. */
export class BucketSide {
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
