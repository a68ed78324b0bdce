import {
  type AttributeValue,
  DATA_POINT_FIELDS,
  DataPointView,
  findField,
  forEachPayload,
  type ItemCursor,
  METRIC_FIELDS,
  MetricView,
  readFixed32,
  readKey,
  ScopeView,
  WireWriter,
} from '@otelier/otlp';
import { readEncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { Accumulator } from './accumulator.ts';
import { distributionOf, millisOf } from './inputs.ts';
import { PARTIAL } from './partial-writer.ts';
import { createSeries, type Definition, type Fragment } from './series.ts';

/** The contents of a data point in a partial aggregate. */
export type PartialPoint =
  | { readonly kind: 'newest'; readonly source: string; readonly newestMillis: number }
  | { readonly kind: 'fragment'; readonly source: string; readonly number: number; readonly fragment: Fragment };

/** Reads the data points written by a `PartialWriter`. */
export class PartialReader {
  readonly #definitionOf: (metric: MetricView) => Definition;
  readonly #scope = new ScopeView();
  readonly #metric = new MetricView();
  readonly #point = new DataPointView();
  /** The most recent scope, and its source if it contains partial aggregates. */
  #last: { readonly bytes: Uint8Array; readonly start: number; readonly source: string | undefined } = NONE;

  /** `definitionOf` returns the definition for a metric. */
  constructor(definitionOf: (metric: MetricView) => Definition) {
    this.#definitionOf = definitionOf;
  }

  /** Returns the contents of the point at the cursor, or `undefined` if it is an ordinary point. */
  read(cursor: ItemCursor): PartialPoint | undefined {
    const source = this.#sourceOf(cursor);
    if (source === undefined) return undefined;
    const { bytes, start, end, metricStart, metricEnd, dataField } = cursor;
    const metric = this.#metric.reset(bytes, metricStart, metricEnd);
    switch (dataField) {
      case METRIC_FIELDS.histogram:
        return this.#fragment(cursor, source, this.#point.ofKind('histogram').reset(bytes, start, end));
      case METRIC_FIELDS.exponentialHistogram:
        return this.#fragment(cursor, source, this.#point.ofKind('exponentialHistogram').reset(bytes, start, end));
      default: {
        const time = timeOf(bytes, start, end, DATA_POINT_FIELDS.gauge.timeUnixNano);
        return metric.name === PARTIAL.newest
          ? { kind: 'newest', source, newestMillis: time === 0 ? Number.NEGATIVE_INFINITY : time }
          : undefined;
      }
    }
  }

  /** Releases the last request. */
  reset(): void {
    this.#last = NONE;
  }

  #sourceOf({ bytes, scopeGroupStart, scopeStart, scopeEnd }: ItemCursor): string | undefined {
    const last = this.#last;
    if (last.bytes === bytes && last.start === scopeGroupStart) return last.source;
    const scope = this.#scope.reset(bytes, scopeStart, scopeEnd);
    const source = scope.name === PARTIAL.scope ? String(scope.attributes.get(PARTIAL.source)) : undefined;
    this.#last = { bytes, start: scopeGroupStart, source };
    return source;
  }

  #fragment(cursor: ItemCursor, source: string, point: DataPointView): PartialPoint {
    const { bytes, start, end, resourceStart, resourceEnd } = cursor;
    const fields = DATA_POINT_FIELDS[point.kind];
    const definition = this.#definitionOf(this.#metric);
    const series = createSeries(
      definition,
      readEncodedAttributes(bytes, resourceStart, resourceEnd, 1),
      withoutOwn(bytes, start, end, fields.attributes),
    );
    const data = distributionOf(point);
    const buckets = [data.positive, data.negative].flatMap(({ bucketCounts }) => Array.from(bucketCounts));
    const counted = buckets.reduce((sum, count) => sum + count, data.zeroCount);
    const values = new Accumulator(definition.maxSize);
    values.add(data, termsOf(point.attributes.get(PARTIAL.terms)), counted === data.count);
    return {
      kind: 'fragment',
      source,
      number: Number(point.attributes.get(PARTIAL.number) ?? 0),
      fragment: {
        series,
        startMillis: timeOf(bytes, start, end, fields.startTimeUnixNano),
        endMillis: timeOf(bytes, start, end, fields.timeUnixNano),
        values,
      },
    };
  }
}

const NONE = { bytes: new Uint8Array(), start: -1, source: undefined };
const writer = new WireWriter(256);

/** Copies a point's attributes without those added for partial aggregates. */
function withoutOwn(bytes: Uint8Array, start: number, end: number, field: number): Uint8Array {
  forEachPayload(bytes, start, end, field, (from, to) => {
    const key = readKey(bytes, from, to);
    if (key !== PARTIAL.number && key !== PARTIAL.terms) writer.bytesField(1, bytes, from, to);
  });
  return writer.finish();
}

function termsOf(value: AttributeValue): number[] | undefined {
  return Array.isArray(value) ? value.map(Number) : undefined;
}

function timeOf(bytes: Uint8Array, start: number, end: number, field: number): number {
  const value = findField(bytes, start, end, field);
  return value < 0 ? 0 : millisOf(readFixed32(bytes, value), readFixed32(bytes, value + 4));
}
