import {
  type BatchObservableCallback,
  diag,
  type Meter,
  type MetricOptions,
  type Observable,
} from '@opentelemetry/api';
import type { Clock } from '@otelier/transport/portable';
import type { Scope } from '../scope.ts';
import { describeInstrument, type InstrumentDescriptor, type InstrumentKind } from './instrument.ts';
import { type InstrumentHost, Measurements } from './measurement.ts';
import { ObservableCallbacks, ObservableInstrument } from './observables.ts';
import type { MetricReader } from './reader.ts';
import type { MetricStream } from './stream.ts';
import { AddingInstrument, RecordingInstrument } from './sync-instruments.ts';
import type { Views } from './view.ts';

/** The state shared by a provider's meters. */
export interface MeterHost extends InstrumentHost {
  readonly readers: readonly MetricReader[];
  readonly views: Views;
  readonly clock: Clock;
}

/** Creates the instruments of one scope. Identical instruments are created once. */
export class LightMeter implements Meter {
  readonly #scope: Scope;
  readonly #host: MeterHost;
  readonly #callbacks: ObservableCallbacks;
  readonly #instruments = new Map<string, Registered>();

  constructor(scope: Scope, host: MeterHost) {
    this.#scope = scope;
    this.#host = host;
    this.#callbacks = new ObservableCallbacks(host.clock, host.losses);
  }

  createCounter(name: string, options?: MetricOptions): AddingInstrument {
    return this.#register(name, 'counter', options, (descriptor) => this.#adding(descriptor));
  }

  createUpDownCounter(name: string, options?: MetricOptions): AddingInstrument {
    return this.#register(name, 'up_down_counter', options, (descriptor) => this.#adding(descriptor));
  }

  createHistogram(name: string, options?: MetricOptions): RecordingInstrument {
    return this.#register(name, 'histogram', options, (descriptor) => this.#recording(descriptor));
  }

  createGauge(name: string, options?: MetricOptions): RecordingInstrument {
    return this.#register(name, 'gauge', options, (descriptor) => this.#recording(descriptor));
  }

  createObservableCounter(name: string, options?: MetricOptions): ObservableInstrument {
    return this.#register(name, 'observable_counter', options, (descriptor) => this.#observable(descriptor));
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): ObservableInstrument {
    return this.#register(name, 'observable_up_down_counter', options, (descriptor) => this.#observable(descriptor));
  }

  createObservableGauge(name: string, options?: MetricOptions): ObservableInstrument {
    return this.#register(name, 'observable_gauge', options, (descriptor) => this.#observable(descriptor));
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#callbacks.addBatch(callback, observables);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#callbacks.remove(callback, observables);
  }

  /** Calls the callbacks of observable instruments. Returns a promise only if there is something to await. */
  observe(reader: MetricReader): Promise<void> | undefined {
    return this.#callbacks.observe(reader);
  }

  #register<T>(
    name: string,
    kind: InstrumentKind,
    options: MetricOptions | undefined,
    make: (descriptor: InstrumentDescriptor) => T,
  ): T {
    const descriptor = describeInstrument(name, kind, options);
    const key = JSON.stringify([descriptor.name.toLowerCase(), kind, descriptor.unit, descriptor.isInteger]);
    const known = this.#instruments.get(key);
    if (known === undefined) {
      const instrument = make(descriptor);
      this.#instruments.set(key, { descriptor, instrument });
      return instrument;
    }
    const { boundaries } = known.descriptor;
    if (String(boundaries) !== String(descriptor.boundaries)) {
      diag.warn(`${descriptor.name}: conflicting bucket boundaries were advised, using the first ones`);
    }
    // Logs conflicting names and descriptions, and adopts longer descriptions.
    for (const reader of this.#host.readers) this.#streams(reader, { ...descriptor, boundaries });
    // The key includes the kind, which determines the class.
    return known.instrument as T;
  }

  #adding(descriptor: InstrumentDescriptor): AddingInstrument {
    return new AddingInstrument(this.#measurements(descriptor));
  }

  #recording(descriptor: InstrumentDescriptor): RecordingInstrument {
    return new RecordingInstrument(this.#measurements(descriptor));
  }

  #observable(descriptor: InstrumentDescriptor): ObservableInstrument {
    const ofReaders = this.#host.readers.map(
      (reader) => [reader, new Measurements(descriptor, this.#streams(reader, descriptor), this.#host)] as const,
    );
    return new ObservableInstrument(descriptor, this.#callbacks, new Map(ofReaders));
  }

  #measurements(descriptor: InstrumentDescriptor): Measurements {
    const streams = this.#host.readers.flatMap((reader) => this.#streams(reader, descriptor));
    return new Measurements(descriptor, streams, this.#host);
  }

  #streams(reader: MetricReader, descriptor: InstrumentDescriptor): readonly MetricStream[] {
    return reader.streams(this.#scope, descriptor, this.#host.views.of(descriptor, this.#scope));
  }
}

interface Registered {
  readonly descriptor: InstrumentDescriptor;
  readonly instrument: unknown;
}
