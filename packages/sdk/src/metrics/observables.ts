import { type BatchObservableCallback, diag, type Observable, type ObservableCallback } from '@opentelemetry/api';
import type { Clock } from '@otelier/transport/portable';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import { attributeKey } from './attribute-key.ts';
import type { InstrumentDescriptor } from './instrument.ts';
import type { Measurements, MetricLosses } from './measurement.ts';
import type { MetricReader } from './reader.ts';

/** An instrument that is asked at each collection. */
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
    this.#callbacks.add(callback, [this], (take) => callback({ observe: take.bind(undefined, this) }));
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.remove(callback, [this]);
  }

  /** Where observations go that a collection of this reader has asked for. */
  measurementsOf(reader: MetricReader): Measurements | undefined {
    return this.#measurements.get(reader);
  }
}

/** The callbacks of one meter. */
export class ObservableCallbacks {
  readonly #clock: Clock;
  readonly #losses: MetricLosses;
  readonly #registrations: Registration[] = [];

  constructor(clock: Clock, losses: MetricLosses) {
    this.#clock = clock;
    this.#losses = losses;
  }

  /** Adds a callback for instruments, unless it is there already; `run` calls it. */
  add(callback: unknown, instruments: readonly Observable[], run: Registration['run']): void {
    const known = new Set(instruments.filter((instrument) => instrument instanceof ObservableInstrument));
    if (this.#indexOf(callback, known) < 0) this.#registrations.push({ callback, instruments: known, run });
  }

  /** Adds a callback that observes several instruments. */
  addBatch(callback: BatchObservableCallback, instruments: readonly Observable[]): void {
    this.add(callback, instruments, (take) => callback({ observe: take }));
  }

  /** Removes a callback that was added for just these instruments. */
  remove(callback: unknown, instruments: readonly Observable[]): void {
    const index = this.#indexOf(callback, new Set(instruments));
    if (index >= 0) this.#registrations.splice(index, 1);
  }

  /** Calls all callbacks, and records what they observe. A promise when there is something to wait for. */
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
    const take: Take = (instrument, value, attributes) => {
      if (!isOpen || !(instrument instanceof ObservableInstrument) || !registration.instruments.has(instrument)) return;
      if (instrument.measurementsOf(reader)?.isValid(value) !== true) return;
      observations.push({ instrument, value, attributes: this.#checked(attributes) });
    };
    // What a callback has observed counts when all of it has come.
    const done = () => {
      isOpen = false;
      keep(observations, round);
    };
    const failed = (error: unknown) => {
      isOpen = false;
      this.#losses.failedCallbacks++;
      const names = [...registration.instruments].map(({ descriptor }) => descriptor.name);
      diag.warn(`a callback of ${names.join(', ')} failed, and nothing it observed counts: ${String(error)}`);
    };
    try {
      const result = registration.run(take);
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
      const cancel = this.#clock.setTimeout(() => reject(new Error(`it took longer than ${millis} ms`)), millis);
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

/** Takes an observation. */
type Take = (instrument: Observable, value: number, attributes?: Attributes) => void;

interface Registration {
  readonly callback: unknown;
  readonly instruments: ReadonlySet<ObservableInstrument>;
  readonly run: (take: Take) => void | Promise<void>;
}

interface Observation {
  readonly instrument: ObservableInstrument;
  readonly value: number;
  readonly attributes: AttributeList;
}

/** What was observed in one collection: of one instrument with the same attributes the last counts. */
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
