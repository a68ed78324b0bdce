import { diag } from '@opentelemetry/api';
import type { TagWriter } from '@otelier/otlp';
import { AttributeList, UNLIMITED } from '../attributes/attribute-list.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Instant } from '../time.ts';
import { ATTRIBUTE_TAGS, encodeAttributes, encodeMetricHead, writeMetric } from '../wire/metric.ts';
import type { PointFactory } from './aggregation.ts';
import { attributeKey } from './attribute-key.ts';
import type { ExemplarReservoir } from './exemplars.ts';
import type { Point } from './points/point.ts';

/** The configuration of a stream. */
export interface StreamConfig {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly points: PointFactory;
  readonly isObservable: boolean;
  readonly isDelta: boolean;
  /** Reports whether to retain an attribute. If `undefined`, all attributes are retained. */
  readonly attributeFilter: ((key: string) => boolean) | undefined;
  readonly cardinalityLimit: number;
  readonly reservoir: () => ExemplarReservoir;
}

/** The point to which measurements with certain attributes are added. */
export interface Destination {
  readonly point: Point;
  /** Attributes removed from the point, for use in exemplars. */
  readonly filtered: AttributeList | undefined;
  /** Whether the cardinality limit is exceeded, which makes the point the overflow point. */
  readonly isOverflow: boolean;
}

/** A metric for one reader: its points, and how they are reported. */
export class MetricStream {
  readonly name: string;
  readonly #config: StreamConfig;
  readonly #now: () => Instant;
  readonly #points = new Map<string, Point>();
  #overflow: Point | undefined;
  #description: string;
  #head: Uint8Array;
  /** Start of the interval that the next report covers. */
  #intervalStart: Instant;
  /** Whether points have been evicted since the last report. */
  #hasEvicted = false;
  #sizeHintBytes = 0;
  readonly #onEvict: (() => void)[] = [];

  constructor(config: StreamConfig, now: () => Instant) {
    this.name = config.name;
    this.#config = config;
    this.#now = now;
    this.#description = config.description;
    this.#head = encodeMetricHead(config.name, config.description, config.unit);
    this.#intervalStart = now();
  }

  /** Sets the description. The longest one wins (OpenTelemetry data model, "Producer recommendations"). */
  describe(description: string): void {
    if (description === this.#description) return;
    diag.warn(
      `the metric ${JSON.stringify(this.name)} has several descriptions, using the longest; set one with a view`,
    );
    if (description.length <= this.#description.length) return;
    this.#description = description;
    this.#head = encodeMetricHead(this.#config.name, description, this.#config.unit);
  }

  /** Adds a listener that is called after points have been evicted, so that references to them can be dropped. */
  onEvict(listener: () => void): void {
    this.#onEvict.push(listener);
  }

  /** Returns the point for measurements with these attributes. */
  destination(attributes: AttributeList): Destination {
    const { attributeFilter } = this.#config;
    const selected = attributeFilter === undefined ? attributes : select(attributes, attributeFilter);
    const filtered =
      attributeFilter === undefined || selected.keys.length === attributes.keys.length
        ? undefined
        : select(attributes, (key) => !attributeFilter(key));
    const key = attributeKey(selected);
    const known = this.#points.get(key);
    if (known !== undefined) return { point: known, filtered, isOverflow: false };
    if (!this.#hasSpace()) return { point: this.#overflowPoint(), filtered: attributes, isOverflow: true };
    const point = this.#create(selected);
    this.#points.set(key, point);
    return { point, filtered, isOverflow: false };
  }

  /** Returns a point's exemplar reservoir. */
  reservoirOf(point: Point): ExemplarReservoir {
    point.reservoir ??= this.#config.reservoir();
    return point.reservoir;
  }

  /** Starts a collection. Only observations made afterwards are reported. */
  begin(): void {
    if (this.#config.isObservable) for (const point of this.#all()) point.isRecorded = false;
  }

  /** Reports the recorded points. If the queue is full, they are included in the next report. */
  collect(scopeBuffer: ScopeBuffer, now: Instant): void {
    const points = [...this.#all()].filter(({ isRecorded }) => isRecorded);
    for (let from = 0; from < points.length; from += MAX_POINTS_PER_BATCH) {
      if (!this.#report(scopeBuffer, points.slice(from, from + MAX_POINTS_PER_BATCH), now)) return;
    }
    this.#intervalStart = now;
    this.#hasEvicted = false;
  }

  #report(scopeBuffer: ScopeBuffer, points: readonly Point[], now: Instant): boolean {
    const write = (writer: TagWriter) => {
      const before = writer.length;
      writeMetric(writer, this.#head, this.#config.points.shape, this.#sizeHintBytes, () => {
        for (const point of points) point.write(writer, this.#intervalStart, now);
      });
      this.#sizeHintBytes = writer.length - before;
    };
    if (!scopeBuffer.put(write, undefined, points.length)) return false;
    for (const point of points) {
      point.afterReport();
      if (this.#config.isDelta) point.isRecorded = false;
    }
    return true;
  }

  *#all(): Iterable<Point> {
    yield* this.#points.values();
    if (this.#overflow !== undefined) yield this.#overflow;
  }

  #create(attributes: AttributeList): Point {
    const { points, isObservable } = this.#config;
    const encoded = encodeAttributes(ATTRIBUTE_TAGS[points.shape.kind], attributes);
    // Observed values may date back to the previous collection, whereas measurements are made now.
    return points.create(encoded, isObservable ? this.#intervalStart : this.#now());
  }

  /**
   * Reports whether another point may be created. A full delta stream evicts points without measurements, once per
   * interval. Cumulative streams never evict points, because their sums would be wrong.
   */
  #hasSpace(): boolean {
    const { isDelta, isObservable, cardinalityLimit } = this.#config;
    if (this.#points.size < cardinalityLimit) return true;
    if (!isDelta || isObservable || this.#hasEvicted) return false;
    this.#hasEvicted = true;
    for (const [key, point] of this.#points) if (!point.isRecorded && !point.isBound) this.#points.delete(key);
    for (const listener of this.#onEvict) listener();
    return this.#points.size < cardinalityLimit;
  }

  #overflowPoint(): Point {
    if (this.#overflow === undefined) {
      diag.warn(
        `the metric ${JSON.stringify(this.name)} has more than ${this.#config.cardinalityLimit} sets of attributes; further ones are combined with ${OVERFLOW}`,
      );
      const attributes = new AttributeList();
      attributes.set(OVERFLOW, true, UNLIMITED);
      this.#overflow = this.#create(attributes);
    }
    return this.#overflow;
  }
}

function select({ keys, values }: AttributeList, attributeFilter: (key: string) => boolean): AttributeList {
  const selected = new AttributeList();
  for (const [i, key] of keys.entries()) if (attributeFilter(key)) selected.set(key, values[i], UNLIMITED);
  return selected;
}

const OVERFLOW = 'otel.metric.overflow';
/** The default maximum of a batch. It allows a single metric to exceed the size of one request. */
const MAX_POINTS_PER_BATCH = 2_048;
