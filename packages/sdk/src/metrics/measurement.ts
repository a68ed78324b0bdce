import { type Context, diag } from '@opentelemetry/api';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import type { Instant } from '../time.ts';
import { AttributePaths } from './attribute-paths.ts';
import type { ExemplarFilter } from './exemplars.ts';
import { type InstrumentDescriptor, KINDS } from './instrument.ts';
import type { Destination, MetricStream } from './stream.ts';

/** What instruments of one provider share. */
export interface InstrumentHost {
  readonly exemplars: ExemplarFilter | undefined;
  readonly now: () => Instant;
  readonly losses: MetricLosses;
}

/** What programs gave that could not be used, as counts since the start. */
export interface MetricLosses {
  /** Values that are no finite number, or below zero where that cannot be. */
  invalidValues: number;
  /** Attributes without a key, or with a value that OTLP cannot carry. */
  invalidAttributes: number;
  /** Callbacks that threw, rejected, or took too long. */
  failedCallbacks: number;
}

/** Where a measurement goes: to one stream, and then the next. */
export interface Target extends Destination {
  readonly stream: MetricStream;
  readonly next: Target | undefined;
}

/** Takes measurements of one instrument to its streams, of which views and readers may make several. */
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
    for (const stream of streams) stream.onForget(() => this.#paths.clear());
  }

  /** Takes a measurement. Never throws. */
  take(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    if (this.streams.length === 0 || !this.isValid(value)) return;
    this.record(this.#paths.find(attributes) ?? this.target(attributes), value, context);
  }

  /** Whether the value can be taken; counts and warns, once, of those that cannot. */
  isValid(value: number): boolean {
    if (Number.isFinite(value) && (value >= 0 || !this.#isPositive)) return true;
    this.#host.losses.invalidValues++;
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      const expected = this.#isPositive ? 'a finite number, not below zero' : 'a finite number';
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

  /** Finds where measurements with these attributes go, however unusual they are. */
  target(attributes: Attributes | undefined): Target | undefined {
    const list = new AttributeList();
    if (typeof attributes === 'object' && attributes !== null) list.setAll(attributes, UNLIMITED);
    this.#host.losses.invalidAttributes += list.droppedCount;
    const target = this.targetOf(list);
    // What is not remembered is counted, and looks for room, each time.
    let isLasting = list.droppedCount === 0;
    for (let one = target; one !== undefined; one = one.next) isLasting &&= !one.isOverflow;
    if (isLasting && target !== undefined) this.#paths.add(attributes, target);
    return target;
  }

  /** The same for attributes that have been checked. */
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
