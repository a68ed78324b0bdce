import { diag } from '@opentelemetry/api';
import { AttributeList, UNLIMITED } from '../attributes/attribute-list.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Instant } from '../time.ts';
import { ATTRIBUTE_TAGS, encodeAttributes, encodeMetricHead, writeMetric } from '../wire/metric.ts';
import type { Writer } from '../wire/writer.ts';
import type { PointFactory } from './aggregation.ts';
import { attributeKey } from './attribute-key.ts';
import type { ExemplarReservoir } from './exemplars.ts';
import type { Point } from './points/point.ts';

/** What a stream is made of. */
export interface StreamConfig {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly points: PointFactory;
  readonly isObservable: boolean;
  readonly isDelta: boolean;
  /** Which attributes are kept; `undefined` keeps all. */
  readonly keeps: ((key: string) => boolean) | undefined;
  readonly cardinalityLimit: number;
  readonly reservoir: () => ExemplarReservoir;
}

/** Where measurements with certain attributes go in one stream. */
export interface Destination {
  readonly point: Point;
  /** Attributes that the point does not have; for exemplars. */
  readonly filtered: AttributeList | undefined;
  /** Whether these attributes had no room, and measurements go to the point for what is beyond the limit. */
  readonly isOverflow: boolean;
}

/** One metric as one reader sees it: its points, and how they are reported. */
export class MetricStream {
  readonly name: string;
  readonly #config: StreamConfig;
  readonly #now: () => Instant;
  readonly #points = new Map<string, Point>();
  #overflow: Point | undefined;
  #description: string;
  #head: Uint8Array;
  /** When the interval has begun that the next report ends. */
  #intervalStart: Instant;
  /** Whether room was looked for since the last report. */
  #isSwept = false;
  #lengthGuess = 0;
  readonly #onForget: (() => void)[] = [];

  constructor(config: StreamConfig, now: () => Instant) {
    this.name = config.name;
    this.#config = config;
    this.#now = now;
    this.#description = config.description;
    this.#head = encodeMetricHead(config.name, config.description, config.unit);
    this.#intervalStart = now();
  }

  /** Of several descriptions the longest counts (OpenTelemetry data model, "Producer recommendations"). */
  describe(description: string): void {
    if (description === this.#description) return;
    diag.warn(
      `the metric ${JSON.stringify(this.name)} has several descriptions, of which the longest is used; a view with a description settles it`,
    );
    if (description.length <= this.#description.length) return;
    this.#description = description;
    this.#head = encodeMetricHead(this.#config.name, description, this.#config.unit);
  }

  /** Called when points have been forgotten: who keeps some must look for them again. */
  onForget(listener: () => void): void {
    this.#onForget.push(listener);
  }

  /** Where measurements with these attributes go. */
  destination(attributes: AttributeList): Destination {
    const { keeps } = this.#config;
    const kept = keeps === undefined ? attributes : select(attributes, keeps);
    const filtered =
      keeps === undefined || kept.keys.length === attributes.keys.length
        ? undefined
        : select(attributes, (key) => !keeps(key));
    const key = attributeKey(kept);
    const known = this.#points.get(key);
    if (known !== undefined) return { point: known, filtered, isOverflow: false };
    if (!this.#hasSpace()) return { point: this.#overflowPoint(), filtered: attributes, isOverflow: true };
    const point = this.#create(kept);
    this.#points.set(key, point);
    return { point, filtered, isOverflow: false };
  }

  /** The reservoir of one of the points. */
  reservoirOf(point: Point): ExemplarReservoir {
    point.reservoir ??= this.#config.reservoir();
    return point.reservoir;
  }

  /** Begins a collection: what is observed from now on will be reported. */
  begin(): void {
    if (this.#config.isObservable) for (const point of this.#all()) point.isRecorded = false;
  }

  /** Reports what there is to report. What a full queue refuses stays, and is in the next report. */
  collect(scopeBuffer: ScopeBuffer, now: Instant): void {
    const points = [...this.#all()].filter(({ isRecorded }) => isRecorded);
    for (let from = 0; from < points.length; from += MAX_POINTS_TOGETHER) {
      if (!this.#report(scopeBuffer, points.slice(from, from + MAX_POINTS_TOGETHER), now)) return;
    }
    this.#intervalStart = now;
    this.#isSwept = false;
  }

  #report(scopeBuffer: ScopeBuffer, points: readonly Point[], now: Instant): boolean {
    const write = (writer: Writer) => {
      const before = writer.length;
      writeMetric(writer, this.#head, this.#config.points.shape, this.#lengthGuess, () => {
        for (const point of points) point.write(writer, this.#intervalStart, now);
      });
      this.#lengthGuess = writer.length - before;
    };
    if (!scopeBuffer.put(write, undefined, points.length)) return false;
    for (const point of points) {
      point.settle();
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
    // What is observed may have been so since the collection before; what is measured is measured now.
    return points.create(encoded, isObservable ? this.#intervalStart : this.#now());
  }

  /**
   * Whether another point may be made. A stream of deltas that is full forgets, once in an interval, what was not measured
   * in it; one of sums since the start forgets nothing, or they would be wrong.
   */
  #hasSpace(): boolean {
    const { isDelta, isObservable, cardinalityLimit } = this.#config;
    if (this.#points.size < cardinalityLimit) return true;
    if (!isDelta || isObservable || this.#isSwept) return false;
    this.#isSwept = true;
    for (const [key, point] of this.#points) if (!point.isRecorded && !point.isBound) this.#points.delete(key);
    for (const listener of this.#onForget) listener();
    return this.#points.size < cardinalityLimit;
  }

  #overflowPoint(): Point {
    if (this.#overflow === undefined) {
      diag.warn(
        `the metric ${JSON.stringify(this.name)} has more than ${this.#config.cardinalityLimit} sets of attributes; what is beyond is reported with ${OVERFLOW}`,
      );
      const attributes = new AttributeList();
      attributes.set(OVERFLOW, true, UNLIMITED);
      this.#overflow = this.#create(attributes);
    }
    return this.#overflow;
  }
}

function select({ keys, values }: AttributeList, keeps: (key: string) => boolean): AttributeList {
  const selected = new AttributeList();
  for (const [i, key] of keys.entries()) if (keeps(key)) selected.set(key, values[i], UNLIMITED);
  return selected;
}

const OVERFLOW = 'otel.metric.overflow';
/** As many as a request has by default, so that one metric can be larger than any bound on requests. */
const MAX_POINTS_TOGETHER = 2_048;
