import type { TimeInput } from '@opentelemetry/api';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import { type Instant, Timeline } from '../time.ts';
import { type BucketsData, encodeBounds, writeExponentialPoint, writeHistogramPoint } from '../wire/histogram.ts';
import {
  ATTRIBUTE_TAGS,
  encodeAttributes,
  encodeMetricHead,
  type MetricShape,
  type PointData,
  writeMetric,
  writeNumberPoint,
} from '../wire/metric.ts';
import type { Writer } from '../wire/writer.ts';
import type { Item } from './item.ts';
import { itemRecorder } from './item-recorder.ts';

/**
 * Begins a metric, whose points the program has worked out itself:
 * `client.record(metric('queue.length').unit('{item}').gauge(12, { queue: 'mail' }))`. Numbers are doubles, integers after
 * `integers()`. Points after the first must be of its kind; a `MeterProvider` makes metrics of single measurements.
 */
export function metric(name: string): MetricStart {
  return new MetricStart(name);
}

/** When a point was. */
export interface PointTimes {
  /** When counting has begun: known for sums and histograms, or rates cannot be told. */
  readonly start?: TimeInput;
  /** Default now. */
  readonly time?: TimeInput;
}

/** How a sum is to be read. */
export interface SumOptions extends PointTimes, PointTemporality {
  /** Whether it only grows. Default true. */
  readonly isMonotonic?: boolean;
}

/** Whether points count since the point before. */
export interface PointTemporality {
  /** Default `cumulative`. */
  readonly temporality?: 'delta' | 'cumulative';
}

/** What a histogram has counted. */
export interface HistogramValue {
  readonly boundaries: readonly number[];
  /** One more than there are boundaries: the last is of what lies above. */
  readonly bucketCounts: readonly number[];
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** What an exponential histogram has counted. */
export interface ExponentialHistogramValue {
  readonly scale: number;
  readonly zeroCount?: number;
  readonly positive?: BucketsData;
  readonly negative?: BucketsData;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A metric of which its kind is not known yet. */
export class MetricStart {
  readonly #name: string;
  #description = '';
  #unit = '';
  #isInteger = false;

  constructor(name: string) {
    this.#name = name;
  }

  description(description: string): this {
    this.#description = description;
    return this;
  }

  /** As in UCUM: `ms`, `By`, `{request}`. */
  unit(unit: string): this {
    this.#unit = unit;
    return this;
  }

  /** Values of gauges and sums are written as integers. */
  integers(): this {
    this.#isInteger = true;
    return this;
  }

  gauge(value: number, attributes?: Attributes, times?: PointTimes): NumberItem {
    return new NumberItem(this.#head(), { kind: 'gauge' }, this.#isInteger).point(value, attributes, times);
  }

  sum(value: number, attributes?: Attributes, options: SumOptions = {}): NumberItem {
    const shape = { kind: 'sum', isDelta: isDelta(options), isMonotonic: options.isMonotonic ?? true } as const;
    return new NumberItem(this.#head(), shape, this.#isInteger).point(value, attributes, options);
  }

  histogram(
    value: HistogramValue,
    attributes?: Attributes,
    options: PointTimes & PointTemporality = {},
  ): HistogramItem {
    const shape = { kind: 'histogram', isDelta: isDelta(options) } as const;
    return new HistogramItem(this.#head(), shape, false).point(value, attributes, options);
  }

  exponentialHistogram(
    value: ExponentialHistogramValue,
    attributes?: Attributes,
    options: PointTimes & PointTemporality = {},
  ): ExponentialHistogramItem {
    const shape = { kind: 'exponential_histogram', isDelta: isDelta(options) } as const;
    return new ExponentialHistogramItem(this.#head(), shape, false).point(value, attributes, options);
  }

  #head(): Uint8Array {
    return encodeMetricHead(this.#name, this.#description, this.#unit);
  }
}

/** A metric with points of one kind. */
abstract class MetricItem<T> implements Item {
  readonly signal = 'metrics';
  readonly door = itemRecorder;
  readonly #head: Uint8Array;
  readonly #shape: MetricShape;
  readonly #isInteger: boolean;
  readonly #points: { readonly data: PointData; readonly value: T }[] = [];

  constructor(head: Uint8Array, shape: MetricShape, isInteger: boolean) {
    this.#head = head;
    this.#shape = shape;
    this.#isInteger = isInteger;
  }

  get itemCount(): number {
    return this.#points.length;
  }

  /** Adds a point, for other attributes or another time. */
  point(value: T, attributes: Attributes = {}, { start, time }: PointTimes = {}): this {
    const list = new AttributeList();
    list.setAll(attributes, UNLIMITED);
    const data: PointData = {
      attributes: encodeAttributes(ATTRIBUTE_TAGS[this.#shape.kind], list),
      start: start === undefined ? undefined : at(start),
      end: at(time),
      exemplars: [],
      isInteger: this.#isInteger,
    };
    this.#points.push({ data, value });
    return this;
  }

  write(writer: Writer): void {
    writeMetric(writer, this.#head, this.#shape, this.#points.length * 64, () => {
      for (const { data, value } of this.#points) this.writePoint(writer, data, value);
    });
  }

  protected abstract writePoint(writer: Writer, data: PointData, value: T): void;
}

/** A gauge or sum. */
export class NumberItem extends MetricItem<number> {
  protected writePoint(writer: Writer, data: PointData, value: number): void {
    writeNumberPoint(writer, { ...data, value });
  }
}

/** A histogram with boundaries. */
export class HistogramItem extends MetricItem<HistogramValue> {
  protected writePoint(writer: Writer, data: PointData, value: HistogramValue): void {
    const { boundaries, bucketCounts, sum, min, max } = value;
    const count = bucketCounts.reduce((total, bucket) => total + bucket, 0);
    writeHistogramPoint(writer, { ...data, count, sum, min, max, bounds: encodeBounds(boundaries), bucketCounts });
  }
}

/** An exponential histogram. */
export class ExponentialHistogramItem extends MetricItem<ExponentialHistogramValue> {
  protected writePoint(writer: Writer, data: PointData, value: ExponentialHistogramValue): void {
    const { scale, zeroCount = 0, positive = EMPTY, negative = EMPTY, sum, min, max } = value;
    const count = [...Array.from(positive.bucketCounts), ...Array.from(negative.bucketCounts)].reduce(
      (total, bucket) => total + bucket,
      zeroCount,
    );
    writeExponentialPoint(writer, { ...data, count, sum, min, max, scale, zeroCount, positive, negative });
  }
}

function isDelta({ temporality }: PointTemporality): boolean {
  return temporality === 'delta';
}

function at(time: TimeInput | undefined): Instant {
  return timeline.at(time, timeline.anchor());
}

const EMPTY: BucketsData = { offset: 0, bucketCounts: [] };
const timeline = /* @__PURE__ */ new Timeline();
