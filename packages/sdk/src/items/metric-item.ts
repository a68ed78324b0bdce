import type { TimeInput } from '@opentelemetry/api';
import type { ExponentialBucketCounts, TagWriter } from '@otelier/otlp';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import { type Instant, Timeline } from '../time.ts';
import { encodeBounds, writeExponentialPoint, writeHistogramPoint } from '../wire/histogram.ts';
import {
  ATTRIBUTE_TAGS,
  encodeAttributes,
  encodeMetricHead,
  type MetricShape,
  type PointData,
  writeMetric,
  writeNumberPoint,
} from '../wire/metric.ts';
import type { Item } from './item.ts';
import { itemRecorder } from './item-recorder.ts';

/**
 * Creates a metric from values that the program has already aggregated:
 * `client.record(metric('queue.length').unit('{item}').gauge(12, { queue: 'mail' }))`. Values are doubles, or integers
 * after `integers()`. All points must be of the same kind. To aggregate individual measurements, use a `MeterProvider`.
 */
export function metric(name: string): MetricStart {
  return new MetricStart(name);
}

/** The start and end time of a data point. */
export interface PointTimes {
  /** Start of the interval. Required to compute rates of sums and histograms. */
  readonly start?: TimeInput;
  /** End of the interval. Default: now. */
  readonly time?: TimeInput;
}

/** Options for a sum. */
export interface SumOptions extends PointTimes, PointTemporality {
  /** Whether the sum only increases. Default true. */
  readonly isMonotonic?: boolean;
}

/** The temporality of a point. */
export interface PointTemporality {
  /** With `delta`, the point counts since the previous point. Default `cumulative`. */
  readonly temporality?: 'delta' | 'cumulative';
}

/** The value of a histogram. */
export interface HistogramValue {
  readonly boundaries: readonly number[];
  /** One more element than there are boundaries. The last bucket counts the values above all boundaries. */
  readonly bucketCounts: readonly number[];
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** The value of an exponential histogram. */
export interface ExponentialHistogramValue {
  readonly scale: number;
  readonly zeroCount?: number;
  readonly positive?: ExponentialBucketCounts;
  readonly negative?: ExponentialBucketCounts;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A metric without points. */
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

  /** Sets the unit, in UCUM notation: `ms`, `By`, `{request}`. */
  unit(unit: string): this {
    this.#unit = unit;
    return this;
  }

  /** Writes gauge and sum values as integers. */
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
  readonly recorder = itemRecorder;
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

  /** Adds a point with different attributes or a different time. */
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

  write(writer: TagWriter): void {
    writeMetric(writer, this.#head, this.#shape, this.#points.length * 64, () => {
      for (const { data, value } of this.#points) this.writePoint(writer, data, value);
    });
  }

  protected abstract writePoint(writer: TagWriter, data: PointData, value: T): void;
}

/** A gauge or sum. */
export class NumberItem extends MetricItem<number> {
  protected writePoint(writer: TagWriter, data: PointData, value: number): void {
    writeNumberPoint(writer, { ...data, value });
  }
}

/** A histogram with explicit boundaries. */
export class HistogramItem extends MetricItem<HistogramValue> {
  protected writePoint(writer: TagWriter, data: PointData, value: HistogramValue): void {
    const { boundaries, bucketCounts, sum, min, max } = value;
    const count = bucketCounts.reduce((total, bucket) => total + bucket, 0);
    writeHistogramPoint(writer, { ...data, count, sum, min, max, bounds: encodeBounds(boundaries), bucketCounts });
  }
}

/** An exponential histogram. */
export class ExponentialHistogramItem extends MetricItem<ExponentialHistogramValue> {
  protected writePoint(writer: TagWriter, data: PointData, value: ExponentialHistogramValue): void {
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

const EMPTY: ExponentialBucketCounts = { offset: 0, bucketCounts: [] };
const timeline = /* @__PURE__ */ new Timeline();
