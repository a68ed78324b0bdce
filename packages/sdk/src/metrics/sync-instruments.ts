import type { Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Measurements, Target } from './measurement.ts';

/** A counter, or up-down-counter, for one set of attributes. */
export interface BoundCounter {
  add(value: number, context?: Context): void;
}

/** A histogram or gauge for one set of attributes. */
export interface BoundRecorder {
  record(value: number, context?: Context): void;
}

/** What the program adds to: a counter or up-down-counter. */
export class AddingInstrument implements Counter, UpDownCounter {
  readonly #measurements: Measurements;

  constructor(measurements: Measurements) {
    this.#measurements = measurements;
  }

  /** Adds. Values and attributes that cannot be used are dropped and counted; nothing is thrown. */
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.#measurements.take(value, attributes, context);
  }

  /**
   * Looks for the attributes once, so that `add` need not. They are taken as they are now, and keep their place for as
   * long as the provider lives.
   */
  bind(attributes?: Attributes): BoundCounter {
    const bound = new BoundInstrument(this.#measurements, attributes);
    return { add: (value, context) => bound.take(value, context) };
  }
}

/** What the program records values with: a histogram or gauge. */
export class RecordingInstrument implements Histogram, Gauge {
  readonly #measurements: Measurements;

  constructor(measurements: Measurements) {
    this.#measurements = measurements;
  }

  /** Records. Values and attributes that cannot be used are dropped and counted; nothing is thrown. */
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.#measurements.take(value, attributes, context);
  }

  /**
   * Looks for the attributes once, so that `record` need not. They are taken as they are now, and keep their place for as
   * long as the provider lives.
   */
  bind(attributes?: Attributes): BoundRecorder {
    const bound = new BoundInstrument(this.#measurements, attributes);
    return { record: (value, context) => bound.take(value, context) };
  }
}

/** An instrument with attributes that have been looked for (OpenTelemetry specification, "Instrument bind"). */
class BoundInstrument {
  readonly #measurements: Measurements;
  readonly #target: Target | undefined;

  constructor(measurements: Measurements, attributes: Attributes | undefined) {
    this.#measurements = measurements;
    this.#target = measurements.target(attributes);
    for (let target = this.#target; target !== undefined; target = target.next) target.point.isBound = true;
  }

  take(value: number, context: Context | undefined): void {
    if (this.#measurements.isValid(value)) this.#measurements.record(this.#target, value, context);
  }
}
