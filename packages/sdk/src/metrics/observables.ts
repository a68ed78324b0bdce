import { type BatchObservableCallback, diag, type Observable, type ObservableCallback } from '@opentelemetry/api';
import type { Clock } from '@otelier/transport/portable';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import { attributeKey } from './attribute-key.ts';
import type { InstrumentDescriptor } from './instrument.ts';
import type { Measurements, MetricLosses } from './measurement.ts';
import type { MetricReader } from './reader.ts';

/** An instrument whose values are observed by callbacks during collection. */
export class ObservableInstrument implements Observable {
  readonly descriptor: InstrumentDescriptor;
  readonly #callbacks: ObservableCallbacks;
  readonly #measurements: ReadonlyMap<MetricReader, Measurements>;

  constructor(
    descriptor: InstrumentDescriptor,
    callbacks: ObservableCallbacks,
    measurements: ReadonlyMap<MetricReader, Measurements>,
  ) {
    this.descriptor = descriptor;
    this.#callbacks = callbacks;
    this.#measurements = measurements;
  }

  addCallback(callback: ObservableCallback): void {
    this.#callbacks.add(callback, [this], (observe) => callback({ observe: observe.bind(undefined, this) }));
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.remove(callback, [this]);
  }

  /** Returns the measurements for a collection by this reader. */
  measurementsOf(reader: MetricReader): Measurements | undefined {
    return this.#measurements.get(reader);
  }
}

/** The callbacks of a meter. */
export class ObservableCallbacks {
  readonly #clock: Clock;
  readonly #losses: MetricLosses;
  readonly #registrations: Registration[] = [];

  constructor(clock: Clock, losses: MetricLosses) {
    this.#clock = clock;
    this.#losses = losses;
  }

  /** Adds a callback for these instruments unless it has been added already. `run` calls it. */
  add(callback: unknown, instruments: readonly Observable[], run: Registration['run']): void {
    const known = new Set(instruments.filter((instrument) => instrument instanceof ObservableInstrument));
    if (this.#indexOf(callback, known) < 0) this.#registrations.push({ callback, instruments: known, run });
  }

  /** Adds a callback that observes several instruments. */
  addBatch(callback: BatchObservableCallback, instruments: readonly Observable[]): void {
    this.add(callback, instruments, (observe) => callback({ observe }));
  }

  /** Removes a callback that was added for exactly these instruments. */
  remove(callback: unknown, instruments: readonly Observable[]): void {
    const index = this.#indexOf(callback, new Set(instruments));
    if (index >= 0) this.#registrations.splice(index, 1);
  }

  /** Calls all callbacks and records their observations. Returns a promise only if there is something to await. */
  observe(reader: MetricReader): Promise<void> | undefined {
    const round: Round = new Map();
    const pending = this.#registrations
      .map((registration) => this.#call(registration, reader, round))
      .filter((call) => call !== undefined);
    if (pending.length > 0) return Promise.all(pending).then(() => record(round, reader));
    record(round, reader);
    return undefined;
  }

  #call(registration: Registration, reader: MetricReader, round: Round): Promise<void> | undefined {
    const observations: Observation[] = [];
    let isOpen = true;
    const observe: Observe = (instrument, value, attributes) => {
      if (!isOpen || !(instrument instanceof ObservableInstrument) || !registration.instruments.has(instrument)) return;
      if (instrument.measurementsOf(reader)?.isValid(value) !== true) return;
      observations.push({ instrument, value, attributes: this.#checked(attributes) });
    };
    // Observations are recorded only if the callback completes.
    const done = () => {
      isOpen = false;
      keep(observations, round);
    };
    const failed = (error: unknown) => {
      isOpen = false;
      this.#losses.failedCallbacks++;
      const names = [...registration.instruments].map(({ descriptor }) => descriptor.name);
      diag.warn(`callback of ${names.join(', ')} failed, observations discarded: ${String(error)}`);
    };
    try {
      const result = registration.run(observe);
      if (result instanceof Promise) return this.#within(reader.timeoutMillis, result).then(done, failed);
      done();
    } catch (error) {
      failed(error);
    }
    return undefined;
  }

  #checked(attributes: Attributes | undefined): AttributeList {
    const list = new AttributeList();
    if (typeof attributes === 'object' && attributes !== null) list.setAll(attributes, UNLIMITED);
    this.#losses.invalidAttributes += list.droppedCount;
    return list;
  }

  #within(millis: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.setTimeout(() => reject(new Error(`timed out after ${millis} ms`)), millis);
      work.then(resolve, reject).finally(cancel);
    });
  }

  #indexOf(callback: unknown, instruments: ReadonlySet<Observable>): number {
    return this.#registrations.findIndex(
      (registration) =>
        registration.callback === callback &&
        registration.instruments.size === instruments.size &&
        registration.instruments.isSubsetOf(instruments),
    );
  }
}

/** Records an observation. */
type Observe = (instrument: Observable, value: number, attributes?: Attributes) => void;

interface Registration {
  readonly callback: unknown;
  readonly instruments: ReadonlySet<ObservableInstrument>;
  readonly run: (observe: Observe) => void | Promise<void>;
}

interface Observation {
  readonly instrument: ObservableInstrument;
  readonly value: number;
  readonly attributes: AttributeList;
}

/** The observations of one collection, by instrument and attributes. The last observation wins. */
type Round = Map<ObservableInstrument, Map<string, Observation>>;

function keep(observations: readonly Observation[], round: Round): void {
  for (const observation of observations) {
    const { instrument, attributes } = observation;
    const ofInstrument = round.get(instrument) ?? new Map<string, Observation>();
    round.set(instrument, ofInstrument);
    ofInstrument.set(attributeKey(attributes), observation);
  }
}

function record(round: Round, reader: MetricReader): void {
  for (const [instrument, observations] of round) {
    const measurements = instrument.measurementsOf(reader);
    for (const { attributes, value } of observations.values()) {
      measurements?.record(measurements.targetOf(attributes), value, undefined);
    }
  }
}
