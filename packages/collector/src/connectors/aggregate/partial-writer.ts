import { Buffer } from 'node:buffer';
import { type Batch, type BatchContext, EncodedAttribute, encodeKey, WireWriter } from '@otelier/otlp';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { PointFields } from '../../metrics/point-fields.ts';
import type { Fragment } from './series.ts';

/** The names that identify partial aggregates to the receiver. */
export const PARTIAL = {
  scope: 'otelier/aggregate/partial',
  /** Scope attribute: the thread or node that sends the aggregates. */
  source: 'otelier.aggregate.source',
  /** Gauge with the source's newest event time, in nanoseconds; 0 before the first item. */
  newest: 'otelier.aggregate.newest',
  /** Point attribute: a number that identifies points received twice. */
  number: 'otelier.aggregate.number',
  /** Data point attribute, set only if `sum` is rounded: numbers whose exact sum equals that of the values. */
  terms: 'otelier.aggregate.terms',
} as const;

/** Maximum number of points per request, which keeps requests below the message limit of gRPC servers. */
const MAX_POINTS = 4000;

/**
 * Writes partial aggregates as metrics. Each is a delta point of an exponential histogram, or of a histogram without
 * buckets, with the start and end time of its time slice.
 */
export class PartialWriter {
  readonly #scope: Uint8Array;
  readonly #out = new MetricsWriter();
  #next = 0;

  /** `source` is a name that is unique across threads and nodes. */
  constructor(source: string) {
    const out = new WireWriter(128);
    out.stringField(1, PARTIAL.scope);
    out.stringField(2, '1');
    out.bytesField(3, EncodedAttribute.of(PARTIAL.source, source).keyValue);
    this.#scope = out.finish();
  }

  /** Writes fragments. */
  write(fragments: readonly Fragment[], context: BatchContext): Batch[] {
    const batches: Batch[] = [];
    const end = () => {
      const batch = this.#out.finishBatch(context);
      if (batch !== undefined) batches.push(batch);
    };
    const byResource = Map.groupBy(fragments, ({ series }) => Buffer.from(series.resource).toString('latin1'));
    for (const ofResource of byResource.values()) {
      for (const ofMetric of Map.groupBy(ofResource, ({ series }) => series.definition).values()) {
        for (let at = 0; at < ofMetric.length; at += MAX_POINTS) {
          const points = ofMetric.slice(at, at + MAX_POINTS);
          if (this.#out.itemCount + points.length > MAX_POINTS) end();
          this.#writeMetric(points);
        }
      }
    }
    end();
    return batches;
  }

  /** Writes the newest event time; `-Infinity` before the first item. Receiving it may end windows. */
  writeNewest(newestMillis: number, context: BatchContext): Batch[] {
    const timeUnixNano = nanosOf(newestMillis);
    this.#out.resource(new Uint8Array()).scope(this.#scope);
    this.#out.metric({ name: PARTIAL.newest, data: { kind: 'gauge' } });
    this.#out.numberPoint({ value: timeUnixNano, timeUnixNano });
    const batch = this.#out.finishBatch(context);
    return batch === undefined ? [] : [batch];
  }

  #writeMetric(fragments: readonly Fragment[]): void {
    const [first] = fragments;
    if (first === undefined) return;
    const { resource, definition } = first.series;
    const { name, description, unit, maxSize } = definition;
    const kind = maxSize === undefined ? 'histogram' : 'exponentialHistogram';
    this.#out.resource(resource).scope(this.#scope);
    this.#out.metric({ name, description, unit, data: { kind, temporality: TEMPORALITY.delta } });
    for (const fragment of fragments) {
      const { count, sum, min, max, distribution } = fragment.values;
      const common = {
        ...this.#commonFields(fragment),
        count,
        sum: sum.value(),
        min: Number.isFinite(min) ? min : undefined,
        max: Number.isFinite(max) ? max : undefined,
      };
      if (maxSize === undefined) this.#out.histogramPoint({ ...common, bucketCounts: [], explicitBounds: [] });
      else {
        const { scale = 0, zeroCount = 0, positive, negative } = distribution ?? {};
        this.#out.exponentialHistogramPoint({ ...common, scale, zeroCount, positive, negative });
      }
    }
  }

  #commonFields({ series, values, startMillis, endMillis }: Fragment): PointFields {
    attributes.raw(series.attributes);
    attributes.bytesField(1, EncodedAttribute.ofKey(NUMBER_KEY, this.#next++).keyValue);
    const terms = values.sum.terms();
    if (terms.length > 1) attributes.bytesField(1, EncodedAttribute.ofKey(TERMS_KEY, terms).keyValue);
    return {
      attributes: attributes.finish(),
      startTimeUnixNano: nanosOf(startMillis),
      timeUnixNano: nanosOf(endMillis),
    };
  }
}

/** Converts milliseconds to nanoseconds; times before the epoch become 0. */
export function nanosOf(millis: number): bigint {
  return millis > 0 ? BigInt(millis) * 1_000_000n : 0n;
}

const attributes = new WireWriter(256);
const NUMBER_KEY = encodeKey(PARTIAL.number);
const TERMS_KEY = encodeKey(PARTIAL.terms);
