import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { readDouble, readSfixed64, readVarintSint32 } from '../wire/reader.ts';
import { AttributesView } from './attributes.ts';
import { ExemplarView } from './exemplar.ts';
import { MessageView } from './message-view.ts';
import type { MetricKind } from './metric.ts';
import { mapMessages, readDoubles, readFixed64s, readVarint64s } from './packed.ts';

const NUMBER_POINT_FIELDS = {
  startTimeUnixNano: 2,
  timeUnixNano: 3,
  asDouble: 4,
  exemplars: 5,
  asInt: 6,
  attributes: 7,
  flags: 8,
} as const;

/** Data point field numbers by metric kind. The four message types number the same fields differently. */
export const DATA_POINT_FIELDS = {
  gauge: NUMBER_POINT_FIELDS,
  sum: NUMBER_POINT_FIELDS,
  histogram: {
    startTimeUnixNano: 2,
    timeUnixNano: 3,
    count: 4,
    sum: 5,
    bucketCounts: 6,
    explicitBounds: 7,
    exemplars: 8,
    attributes: 9,
    flags: 10,
    min: 11,
    max: 12,
  },
  exponentialHistogram: {
    attributes: 1,
    startTimeUnixNano: 2,
    timeUnixNano: 3,
    count: 4,
    sum: 5,
    scale: 6,
    zeroCount: 7,
    positive: 8,
    negative: 9,
    flags: 10,
    exemplars: 11,
    min: 12,
    max: 13,
    zeroThreshold: 14,
  },
  summary: { startTimeUnixNano: 2, timeUnixNano: 3, count: 4, sum: 5, quantileValues: 6, attributes: 7, flags: 8 },
} as const satisfies Record<MetricKind, Partial<Record<string, number>>>;

/** The positive or negative buckets of an exponential histogram. */
export interface ExponentialBuckets {
  /** Index of the first bucket. */
  readonly offset: number;
  readonly bucketCounts: readonly bigint[];
}

/**
 * A view of an encoded data point of any kind. Properties that its kind does not have are `undefined`. Times are
 * nanoseconds since the Unix epoch.
 */
export class DataPointView extends MessageView {
  #kind: MetricKind = 'gauge';
  readonly #attributes: Readonly<Record<MetricKind, AttributesView>> = {
    gauge: new AttributesView(this, DATA_POINT_FIELDS.gauge.attributes),
    sum: new AttributesView(this, DATA_POINT_FIELDS.sum.attributes),
    histogram: new AttributesView(this, DATA_POINT_FIELDS.histogram.attributes),
    exponentialHistogram: new AttributesView(this, DATA_POINT_FIELDS.exponentialHistogram.attributes),
    summary: new AttributesView(this, DATA_POINT_FIELDS.summary.attributes),
  };

  /** Sets the kind of the point, which is not encoded in its bytes. */
  ofKind(kind: MetricKind): this {
    this.#kind = kind;
    return this;
  }

  /** Kind of the metric that the point belongs to. */
  get kind(): MetricKind {
    return this.#kind;
  }

  get attributes(): AttributesView {
    return this.#attributes[this.#kind];
  }

  get startTimeUnixNano(): bigint {
    return this.fixed64(DATA_POINT_FIELDS[this.#kind].startTimeUnixNano);
  }

  get timeUnixNano(): bigint {
    return this.fixed64(DATA_POINT_FIELDS[this.#kind].timeUnixNano);
  }

  /** Flags. Bit 0 marks a point with no recorded value. */
  get flags(): number {
    return this.uint32(DATA_POINT_FIELDS[this.#kind].flags);
  }

  /** Value (gauges and sums). Integers beyond ±(2^53 - 1) are `bigint`. */
  get value(): number | bigint | undefined {
    if (this.#kind !== 'gauge' && this.#kind !== 'sum') return undefined;
    const double = this.double(NUMBER_POINT_FIELDS.asDouble);
    if (double !== undefined) return double;
    const value = this.find(NUMBER_POINT_FIELDS.asInt);
    if (value < 0) return undefined;
    const exact = readSfixed64(this.bytes, value);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }

  /** Whether the value is an integer or a double (gauges and sums). */
  get valueKind(): 'int' | 'double' | undefined {
    if (this.#kind !== 'gauge' && this.#kind !== 'sum') return undefined;
    if (this.find(NUMBER_POINT_FIELDS.asInt) >= 0) return 'int';
    return this.find(NUMBER_POINT_FIELDS.asDouble) >= 0 ? 'double' : undefined;
  }

  /** Number of values (histograms and summaries). */
  get count(): bigint | undefined {
    const field = this.#field('count');
    return field === undefined ? undefined : this.fixed64(field);
  }

  /** Sum of the values (histograms and summaries). */
  get sum(): number | undefined {
    const field = this.#field('sum');
    if (field === undefined) return undefined;
    // A summary cannot omit its sum.
    return this.double(field) ?? (this.#kind === 'summary' ? 0 : undefined);
  }

  /** Minimum value (histograms and exponential histograms). */
  get min(): number | undefined {
    const field = this.#field('min');
    return field === undefined ? undefined : this.double(field);
  }

  /** Maximum value (histograms and exponential histograms). */
  get max(): number | undefined {
    const field = this.#field('max');
    return field === undefined ? undefined : this.double(field);
  }

  /** Number of values in each bucket (histograms). There is one more bucket than there are bounds. */
  get bucketCounts(): readonly bigint[] | undefined {
    const field = this.#field('bucketCounts');
    return field === undefined ? undefined : readFixed64s(this.raw(field));
  }

  /** Upper bounds of all buckets except the last (histograms). */
  get explicitBounds(): readonly number[] | undefined {
    const field = this.#field('explicitBounds');
    return field === undefined ? undefined : readDoubles(this.raw(field));
  }

  /**
   * Scale (exponential histograms): bucket i contains the values in (base^i, base^(i+1)], where base = 2^(2^-scale).
   */
  get scale(): number | undefined {
    const field = this.#field('scale');
    if (field === undefined) return undefined;
    const value = this.find(field);
    return value < 0 ? 0 : readVarintSint32(this.bytes, value);
  }

  /** Number of values within the zero threshold (exponential histograms). */
  get zeroCount(): bigint | undefined {
    const field = this.#field('zeroCount');
    return field === undefined ? undefined : this.fixed64(field);
  }

  /** Half the width of the zero bucket (exponential histograms). */
  get zeroThreshold(): number | undefined {
    const field = this.#field('zeroThreshold');
    return field === undefined ? undefined : (this.double(field) ?? 0);
  }

  /** Buckets for positive values (exponential histograms). */
  get positive(): ExponentialBuckets | undefined {
    return this.#buckets('positive');
  }

  /** Buckets for negative values, by magnitude (exponential histograms). */
  get negative(): ExponentialBuckets | undefined {
    return this.#buckets('negative');
  }

  /** Values at quantiles between 0 and 1 (summaries). */
  get quantileValues(): readonly { readonly quantile: number; readonly value: number }[] | undefined {
    const field = this.#field('quantileValues');
    if (field === undefined) return undefined;
    const { bytes } = this;
    return mapMessages(this, field, (start, end) => {
      const quantile = findField(bytes, start, end, 1);
      const value = findField(bytes, start, end, 2);
      return {
        quantile: quantile < 0 ? 0 : readDouble(bytes, quantile),
        value: value < 0 ? 0 : readDouble(bytes, value),
      };
    });
  }

  /** Sample measurements with their traces, as read-only views. Summaries have none. */
  get exemplars(): readonly ExemplarView[] {
    const field = this.#field('exemplars');
    return field === undefined ? [] : this.list(field, () => new ExemplarView());
  }

  #field(name: string): number | undefined {
    const fields: Readonly<Record<string, number>> = DATA_POINT_FIELDS[this.#kind];
    return fields[name];
  }

  #buckets(name: 'positive' | 'negative'): ExponentialBuckets | undefined {
    const field = this.#field(name);
    const value = field === undefined ? -1 : this.find(field);
    if (value < 0) return undefined;
    const { bytes } = this;
    const start = payloadStart(bytes, value);
    const end = payloadEnd(bytes, value);
    const offset = findField(bytes, start, end, 1);
    const counts = findField(bytes, start, end, 2);
    return {
      offset: offset < 0 ? 0 : readVarintSint32(bytes, offset),
      bucketCounts:
        counts < 0 ? [] : readVarint64s(bytes.subarray(payloadStart(bytes, counts), payloadEnd(bytes, counts))),
    };
  }
}
