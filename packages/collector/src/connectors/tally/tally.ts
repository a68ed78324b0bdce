import {
  DATA_POINT_FIELDS,
  findField,
  LOG_RECORD_FIELDS,
  readFixed32,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import type { Item, ItemContext } from './items.ts';

/** A metric that sums items of one kind. */
export interface TallyMetric {
  readonly name: string;
  readonly description: string;
  /** Whether an item is included; `undefined` includes all items. */
  readonly matches: Predicate | undefined;
  /** Returns the attributes of the data point to which an item is added, or `undefined` if the item lacks any of them. */
  attributesOf(item: Item): EncodedAttributes | undefined;
  /** Returns the value that an item adds. */
  valueOf(item: Item): number;
}

interface Point {
  readonly attributes: EncodedAttributes;
  value: number;
}

/** Data point times, in nanoseconds since the epoch. */
export interface PointTimes {
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

/** The metrics derived from one kind of item, for one resource. */
export class Tally {
  readonly #metrics: readonly TallyMetric[];
  readonly #points: Map<string, Point>[];

  constructor(metrics: readonly TallyMetric[]) {
    this.#metrics = metrics;
    this.#points = metrics.map(() => new Map());
  }

  get isEmpty(): boolean {
    return this.#points.every(({ size }) => size === 0);
  }

  add(item: Item, subject: Subject): void {
    for (let i = 0; i < this.#metrics.length; i++) {
      const metric = this.#metrics[i] as TallyMetric;
      const attributes = metric.attributesOf(item);
      if (attributes === undefined || metric.matches?.(subject) === false) continue;
      const points = this.#points[i] as Map<string, Point>;
      const key = attributes.length === 0 ? '' : canonical.attributes(attributes, 0, attributes.length, 1).finish();
      const point = points.get(key);
      if (point === undefined) points.set(key, { attributes, value: metric.valueOf(item) });
      else point.value += metric.valueOf(item);
    }
  }

  /** Removes all items. */
  clear(): void {
    for (const points of this.#points) points.clear();
  }

  /** Writes the metrics into the open scope as monotonic delta sums, and clears the tally. */
  write(writer: MetricsWriter, isInteger: boolean, times: PointTimes): void {
    for (const [index, { name, description }] of this.#metrics.entries()) {
      const points = this.#points[index] as Map<string, Point>;
      if (points.size === 0) continue;
      writer.metric({ name, description, data: { kind: 'sum', temporality: TEMPORALITY.delta, isMonotonic: true } });
      for (const { attributes, value } of points.values())
        writer.numberPoint({ attributes, value: isInteger ? BigInt(value) : value, ...times });
    }
    this.clear();
  }
}

const canonical = new CanonicalKey();

/** The earliest and latest item times. Times of 0 are unknown. */
export class TimeRange {
  #firstHigh = 0;
  #firstLow = 0;
  #lastHigh = 0;
  #lastLow = 0;

  /** Adds an item's times. */
  add(context: ItemContext, { bytes, start, end }: Item): void {
    for (const field of TIME_FIELDS[context]) {
      const at = findField(bytes, start, end, field);
      if (at >= 0) this.#add(readFixed32(bytes, at + 4), readFixed32(bytes, at));
    }
  }

  /** Returns the range, or `now` if there are no times, and clears it. */
  take(nowUnixNano: bigint): PointTimes {
    const first = join(this.#firstHigh, this.#firstLow);
    const last = join(this.#lastHigh, this.#lastLow);
    this.#firstHigh = this.#firstLow = this.#lastHigh = this.#lastLow = 0;
    return first === 0n
      ? { startTimeUnixNano: nowUnixNano, timeUnixNano: nowUnixNano }
      : { startTimeUnixNano: first, timeUnixNano: last };
  }

  #add(high: number, low: number): void {
    if (high === 0 && low === 0) return;
    const isFirst = this.#firstHigh === 0 && this.#firstLow === 0;
    if (isFirst || high < this.#firstHigh || (high === this.#firstHigh && low < this.#firstLow)) {
      this.#firstHigh = high;
      this.#firstLow = low;
    }
    if (high > this.#lastHigh || (high === this.#lastHigh && low > this.#lastLow)) {
      this.#lastHigh = high;
      this.#lastLow = low;
    }
  }
}

function join(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

const TIME_FIELDS: Readonly<Record<ItemContext, readonly number[]>> = {
  span: [SPAN_FIELDS.startTimeUnixNano, SPAN_FIELDS.endTimeUnixNano],
  spanevent: [SPAN_EVENT_FIELDS.timeUnixNano],
  metric: [],
  // The same for all kinds of points.
  datapoint: [DATA_POINT_FIELDS.gauge.timeUnixNano],
  log: [LOG_RECORD_FIELDS.timeUnixNano],
};
