import type { Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Measurements, Target } from './measurement.ts';

/** A counter or up-down counter bound to a set of attributes. */
export interface BoundCounter {
  add(value: number, context?: Context): void;
}

/** A histogram or gauge bound to a set of attributes. */
export interface BoundRecorder {
  record(value: number, context?: Context): void;
}

/** A counter or up-down counter. */
export class AddingInstrument implements Counter, UpDownCounter {
  readonly #measurements: Measurements;

  constructor(measurements: Measurements) {
    this.#measurements = measurements;
  }

  /** Adds a value. Never throws. Invalid values and attributes are dropped and counted. */
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.#measurements.measure(value, attributes, context);
  }

  /**
   * Returns an instrument bound to these attributes, which saves `add` from looking them up. The attributes are copied,
   * and their point is retained until the provider shuts down.
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

  /** Records a value. Never throws. Invalid values and attributes are dropped and counted. */
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.#measurements.measure(value, attributes, context);
  }

  /**
   * Returns an instrument bound to these attributes, which saves `record` from looking them up. The attributes are
   * copied, and their point is retained until the provider shuts down.
   */
  bind(attributes?: Attributes): BoundRecorder {
    const bound = new BoundInstrument(this.#measurements, attributes);
    return { record: (value, context) => bound.measure(value, context) };
  }
}

/**
 * An instrument bound to attributes that have already been looked up (OpenTelemetry specification, "Instrument bind").
 */
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
