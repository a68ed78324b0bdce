import { type Meter, type MeterProvider, metrics } from '@opentelemetry/api';
import { SDK_VERSION } from '../version.ts';

/**
 * The instruments of an instrumentation. They are created again for a provider that is registered later, because the API
 * does not forward to it.
 */
export class CurrentInstruments<Instruments> {
  readonly #scope: string;
  readonly #given: MeterProvider | undefined;
  readonly #create: (meter: Meter) => Instruments;
  #current: { readonly provider: MeterProvider; readonly instruments: Instruments } | undefined;

  /** `given` is a provider to use instead of the registered one. */
  constructor(scope: string, given: MeterProvider | undefined, create: (meter: Meter) => Instruments) {
    this.#scope = scope;
    this.#given = given;
    this.#create = create;
  }

  /** Returns the instruments of the current provider. */
  get(): Instruments {
    const provider = this.#given ?? metrics.getMeterProvider();
    if (this.#current?.provider !== provider)
      this.#current = { provider, instruments: this.#create(provider.getMeter(this.#scope, SDK_VERSION)) };
    return this.#current.instruments;
  }
}
