import { type Histogram, type MeterProvider, metrics, type ObservableResult } from '@opentelemetry/api';
import { SDK_VERSION } from '../../version.ts';

/** The connections of a pool at one moment. */
export interface PoolState {
  readonly idle: number;
  readonly used: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  readonly max: number | undefined;
}

/** Measures the connection pools of one kind of database (semantic conventions, "Database client metrics"). */
export class PoolMetrics<Pool extends object> {
  readonly #scope: string;
  readonly #given: MeterProvider | undefined;
  readonly #nameOf: (pool: Pool) => string;
  readonly #stateOf: (pool: Pool) => PoolState;
  readonly #pools = new Set<WeakRef<Pool>>();
  readonly #known = new WeakSet<Pool>();
  #provider: MeterProvider | undefined;
  #waitTime: Histogram | undefined;

  constructor(
    scope: string,
    provider: MeterProvider | undefined,
    nameOf: (pool: Pool) => string,
    stateOf: (pool: Pool) => PoolState,
  ) {
    this.#scope = scope;
    this.#given = provider;
    this.#nameOf = nameOf;
    this.#stateOf = stateOf;
  }

  /** Observes a pool as long as the program uses it. */
  observe(pool: Pool): void {
    this.#start();
    if (this.#known.has(pool)) return;
    this.#known.add(pool);
    this.#pools.add(new WeakRef(pool));
  }

  /** Records how long a request waited for a connection. */
  recordWait(pool: Pool, seconds: number): void {
    this.#waitTime?.record(seconds, { 'db.client.connection.pool.name': this.#nameOf(pool) });
  }

  /** Creates the instruments of the current provider. The API does not forward to one that is registered later. */
  #start(): void {
    const provider = this.#given ?? metrics.getMeterProvider();
    if (provider === this.#provider) return;
    this.#provider = provider;
    const meter = provider.getMeter(this.#scope, SDK_VERSION);
    const observe = (name: string, unit: string, description: string, values: Values) =>
      meter
        .createObservableUpDownCounter(name, { unit, description })
        .addCallback((result) => this.#observeAll(result, values));
    observe('db.client.connection.count', '{connection}', 'Connections by state.', ({ idle, used }) => [
      [idle, { 'db.client.connection.state': 'idle' }],
      [used, { 'db.client.connection.state': 'used' }],
    ]);
    observe('db.client.connection.max', '{connection}', 'Maximum number of connections.', ({ max }) =>
      max === undefined ? [] : [[max, {}]],
    );
    observe(
      'db.client.connection.pending_requests',
      '{request}',
      'Requests waiting for a connection.',
      ({ pending }) => [[pending, {}]],
    );
    this.#waitTime = meter.createHistogram('db.client.connection.wait_time', {
      description: 'Time to obtain a connection from the pool.',
      unit: 's',
    });
  }

  #observeAll(result: ObservableResult, values: Values): void {
    for (const reference of this.#pools) {
      const pool = reference.deref();
      if (pool === undefined) {
        this.#pools.delete(reference);
        continue;
      }
      const name = { 'db.client.connection.pool.name': this.#nameOf(pool) };
      for (const [value, attributes] of values(this.#stateOf(pool))) result.observe(value, { ...name, ...attributes });
    }
  }
}

type Values = (state: PoolState) => readonly (readonly [value: number, attributes: Readonly<Record<string, string>>])[];
