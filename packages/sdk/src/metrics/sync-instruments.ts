import type { Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Measurements, Target } from './measurement.ts';

/** A counter or up-down counter for one set of attributes. */
export interface BoundCounter {
  add(value: number, context?: Context): void;
}

/** A histogram or gauge for one set of attributes. */
export interface BoundRecorder {
  record(value: number, context?: Context): void;
}

/** A counter or up-down counter. */
export class AddingInstrument implements Counter, UpDownCounter {
  readonly #measurements: Measurements;

  constructor(measurements: Measurements) {
    this.#measurements = measurements;
  }

  /** Adds a value. Invalid values and attributes are dropped and counted; it never throws. */
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.#measurements.measure(value, attributes, context);
  }

  /**
   * Looks up the attributes once, so that `add` does not. They are copied, and their point is kept until the provider
   * shuts down.
   */
  bind(attributes?: Attributes): BoundCounter {
    const bound = new BoundInstrument(this.#measurements, attributes);
    return { add: (value, context) => bound.measure(value, context) };
  }
}

/** A histogram or gauge. */
export class RecordingInstrument implements Histogram, Gauge {
  readonly #measurements: Measurements;

  constructor(measurements: Measurements) {
    this.#measurements = measurements;
  }

  /** Records a value. Invalid values and attributes are dropped and counted; it never throws. */
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.#measurements.measure(value, attributes, context);
  }

  /**
   * Looks up the attributes once, so that `record` does not. They are copied, and their point is kept until the
   * provider shuts down.
   */
  bind(attributes?: Attributes): BoundRecorder {
    const bound = new BoundInstrument(this.#measurements, attributes);
    return { record: (value, context) => bound.measure(value, context) };
  }
}

/** An instrument with resolved attributes (OpenTelemetry specification, "Instrument bind"). */
class BoundInstrument {
  readonly #measurements: Measurements;
  readonly #target: Target | undefined;

  constructor(measurements: Measurements, attributes: Attributes | undefined) {
    this.#measurements = measurements;
    this.#target = measurements.target(attributes);
    for (let target = this.#target; target !== undefined; target = target.next) target.point.isBound = true;
  }

  measure(value: number, context: Context | undefined): void {
    if (this.#measurements.isValid(value)) this.#measurements.record(this.#target, value, context);
  }
}
