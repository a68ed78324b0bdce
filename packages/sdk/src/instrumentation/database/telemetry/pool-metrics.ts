import type { Histogram, Meter, MeterProvider, ObservableResult } from '@opentelemetry/api';
import { CurrentInstruments } from '../../current-instruments.ts';

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
  readonly #waitTime: CurrentInstruments<Histogram>;
  readonly #nameOf: (pool: Pool) => string;
  readonly #stateOf: (pool: Pool) => PoolState;
  readonly #pools = new Set<WeakRef<Pool>>();
  readonly #known = new WeakSet<Pool>();

  constructor(
    scope: string,
    provider: MeterProvider | undefined,
    nameOf: (pool: Pool) => string,
    stateOf: (pool: Pool) => PoolState,
  ) {
    this.#waitTime = new CurrentInstruments(scope, provider, (meter) => this.#create(meter));
    this.#nameOf = nameOf;
    this.#stateOf = stateOf;
  }

  /** Observes a pool as long as the program uses it. */
  observe(pool: Pool): void {
    this.#waitTime.get();
    if (this.#known.has(pool)) return;
    this.#known.add(pool);
    this.#pools.add(new WeakRef(pool));
  }

  /** Records how long a request waited for a connection. */
  recordWait(pool: Pool, seconds: number): void {
    this.#waitTime.get().record(seconds, { 'db.client.connection.pool.name': this.#nameOf(pool) });
  }

  /** Creates the observable instruments, and returns the one that records. */
  #create(meter: Meter): Histogram {
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
    return meter.createHistogram('db.client.connection.wait_time', {
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
