import { type Context, diag } from '@opentelemetry/api';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import type { Instant } from '../time.ts';
import { AttributePaths } from './attribute-paths.ts';
import type { ExemplarFilter } from './exemplars.ts';
import { type InstrumentDescriptor, KINDS } from './instrument.ts';
import type { Destination, MetricStream } from './stream.ts';

/** The state shared by a provider's instruments. */
export interface InstrumentHost {
  readonly exemplars: ExemplarFilter | undefined;
  readonly now: () => Instant;
  readonly losses: MetricLosses;
}

/** Counts of invalid data since the provider was created. */
export interface MetricLosses {
  /** Number of values that were not finite, or were negative but must not be. */
  invalidValues: number;
  /** Number of attributes without a key or with a value that OTLP cannot represent. */
  invalidAttributes: number;
  /** Number of callbacks that threw, rejected or timed out. */
  failedCallbacks: number;
}

/** A destination of a measurement: a stream's point, and a reference to the next target. */
export interface Target extends Destination {
  readonly stream: MetricStream;
  readonly next: Target | undefined;
}

/** Routes an instrument's measurements to its streams. Views and readers may create several streams. */
export class Measurements {
  readonly descriptor: InstrumentDescriptor;
  readonly streams: readonly MetricStream[];
  readonly #host: InstrumentHost;
  readonly #isPositive: boolean;
  readonly #isInteger: boolean;
  readonly #paths = new AttributePaths<Target>();
  #hasWarned = false;

  constructor(descriptor: InstrumentDescriptor, streams: readonly MetricStream[], host: InstrumentHost) {
    this.descriptor = descriptor;
    this.streams = streams;
    this.#host = host;
    this.#isPositive = KINDS[descriptor.kind].isPositive;
    this.#isInteger = descriptor.isInteger;
    for (const stream of streams) stream.onEvict(() => this.#paths.clear());
  }

  /** Records a measurement. Never throws. */
  measure(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    if (this.streams.length === 0 || !this.isValid(value)) return;
    this.record(this.#paths.find(attributes) ?? this.target(attributes), value, context);
  }

  /** Reports whether the value is valid. Invalid values are counted, and the first one is logged. */
  isValid(value: number): boolean {
    if (Number.isFinite(value) && (value >= 0 || !this.#isPositive)) return true;
    this.#host.losses.invalidValues++;
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      const expected = this.#isPositive ? 'a finite number that is not negative' : 'a finite number';
      diag.warn(`${this.descriptor.name}: expected ${expected}, got ${String(value)}; such values are dropped`);
    }
    return false;
  }

  /** Records a valid value. */
  record(first: Target | undefined, value: number, context: Context | undefined): void {
    const number = this.#isInteger ? Math.trunc(value) : value;
    for (let target = first; target !== undefined; target = target.next) {
      const bucket = target.point.record(number);
      if (this.#host.exemplars !== undefined) this.#offer(this.#host.exemplars, target, number, bucket, context);
    }
  }

  /** Finds the streams for measurements with these attributes without using the cache. */
  target(attributes: Attributes | undefined): Target | undefined {
    const list = new AttributeList();
    if (typeof attributes === 'object' && attributes !== null) list.setAll(attributes, UNLIMITED);
    this.#host.losses.invalidAttributes += list.droppedCount;
    const target = this.targetOf(list);
    // Destinations with invalid attributes or overflow are not cached: the former must be counted each time, and space
    // may become available for the latter.
    let isCacheable = list.droppedCount === 0;
    for (let one = target; one !== undefined; one = one.next) isCacheable &&= !one.isOverflow;
    if (isCacheable && target !== undefined) this.#paths.add(attributes, target);
    return target;
  }

  /** Finds the streams for validated attributes. */
  targetOf(list: AttributeList, streams: readonly MetricStream[] = this.streams): Target | undefined {
    return streams.reduceRight<Target | undefined>(
      (next, stream) => ({ ...stream.destination(list), stream, next }),
      undefined,
    );
  }

  #offer(filter: ExemplarFilter, target: Target, value: number, bucket: number, context: Context | undefined): void {
    const span = filter(context);
    if (span === false) return;
    const reservoir = target.stream.reservoirOf(target.point);
    if (!reservoir.wants(bucket)) return;
    reservoir.keep({
      value,
      bucket,
      span: span?.spanContext(),
      attributes: target.filtered,
      time: this.#host.now(),
    });
  }
}
