import type { MeterProvider as ApiMeterProvider, MeterOptions } from '@opentelemetry/api';
import type { FlushResult } from '../delivery/contract.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import type { ResourceSource } from '../resource.ts';
import { type Scope, scopeKey } from '../scope.ts';
import { Timeline } from '../time.ts';
import { type ExemplarFilterName, exemplarFilter } from './exemplars.ts';
import type { MetricLosses } from './measurement.ts';
import { LightMeter, type MeterHost } from './meter.ts';
import { MetricReader, type MetricReaderOptions } from './reader.ts';
import { Turns } from './turns.ts';
import { type View, Views } from './view.ts';

/** How a meter provider is set up. Only the client is needed; what concerns collection is that of the first reader. */
export interface MeterProviderOptions extends MetricReaderOptions {
  /** Further readers, each with a client, temporality and interval of its own. */
  readonly readers?: readonly MetricReaderOptions[];
  /** Attributes beside those of the client's resource, over which they win. */
  readonly resource?: ResourceSource;
  readonly views?: readonly View[];
  /** Which measurements may become exemplars. Default `OTEL_METRICS_EXEMPLAR_FILTER`, else `trace_based`: those in a sampled span. */
  readonly exemplarFilter?: ExemplarFilterName;
  /** Default the time of this machine. */
  readonly timeline?: Timeline;
  /** A number in [0, 1), for exemplars. Default `Math.random`. */
  readonly random?: () => number;
  /** Default that of the process. */
  readonly environment?: Environment;
}

/** Makes meters, whose metrics are collected in intervals and go to the client. */
export class MeterProvider implements ApiMeterProvider {
  readonly #host: MeterHost;
  readonly #meters = new Map<string, LightMeter>();
  readonly #turns = new Turns();
  readonly #timers = new Map<MetricReader, () => void>();
  readonly #leave: readonly ((timeoutMillis?: number) => Promise<FlushResult>)[];
  #ended: Promise<FlushResult> | undefined;

  constructor(options: MeterProviderOptions) {
    const { timeline = new Timeline(), random = Math.random, environment = processEnvironment() } = options;
    const now = () => timeline.at(undefined, timeline.anchor());
    const readers = [options, ...(options.readers ?? [])].map(
      (reader, i) =>
        new MetricReader(i === 0 ? '' : `readers[${i - 1}].`, reader, environment, options.resource, { now, random }),
    );
    this.#host = {
      readers,
      views: new Views(options.views),
      exemplars: exemplarFilter(options.exemplarFilter, environment),
      clock: options.client.clock,
      now,
      losses: { invalidValues: 0, invalidAttributes: 0, failedCallbacks: 0 },
    };
    this.#leave = readers.map((reader) =>
      reader.client.join((isAgain) => (isAgain ? undefined : this.#collect(reader))),
    );
    for (const reader of readers) this.#schedule(reader);
  }

  getMeter(name: string, version?: string, options?: MeterOptions): LightMeter {
    const scope: Scope = { name: name ?? '', version, schemaUrl: options?.schemaUrl };
    // The meters of a provider that has ended do nothing.
    if (this.#ended !== undefined) return new LightMeter(scope, { ...this.#host, readers: [] });
    const key = scopeKey(scope);
    let meter = this.#meters.get(key);
    if (meter === undefined) {
      meter = new LightMeter(scope, this.#host);
      this.#meters.set(key, meter);
    }
    return meter;
  }

  /** What the program gave that could not be used. */
  get losses(): Readonly<MetricLosses> {
    return { ...this.#host.losses };
  }

  /** Collects all metrics and sends them; see `Client.flush`. */
  async forceFlush(timeoutMillis?: number): Promise<FlushResult> {
    if (this.#ended !== undefined) return this.#ended;
    const { readers } = this.#host;
    await Promise.all(readers.map((reader) => this.#collect(reader)));
    return worst(await Promise.all([...clientsOf(readers)].map((client) => client.flush(timeoutMillis))));
  }

  /** Collects for the last time and flushes; the client ends with the last of its providers. Safe twice. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#ended ??= this.#end(timeoutMillis);
    return this.#ended;
  }

  async #end(timeoutMillis: number | undefined): Promise<FlushResult> {
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all(this.#host.readers.map((reader) => this.#collect(reader)));
    return worst(await Promise.all(this.#leave.map((leave) => leave(timeoutMillis))));
  }

  /** One collection at a time, for callbacks are not to be called while they run. A promise when there is something to wait for. */
  #collect(reader: MetricReader): Promise<void> | undefined {
    return this.#turns.take(() => {
      const now = this.#host.now();
      reader.begin();
      const pending = [...this.#meters.values()]
        .map((meter) => meter.observe(reader))
        .filter((one) => one !== undefined);
      if (pending.length > 0) return Promise.all(pending).then(() => reader.report(now));
      reader.report(now);
      return undefined;
    });
  }

  #schedule(reader: MetricReader): void {
    const run = () => {
      this.#schedule(reader);
      // A collection that takes longer than the interval is not followed by a queue of others.
      if (!this.#turns.isBusy) void this.#collect(reader);
    };
    this.#timers.set(reader, reader.client.clock.setTimeout(run, reader.intervalMillis));
  }
}

function clientsOf(readers: readonly MetricReader[]): ReadonlySet<MetricReader['client']> {
  return new Set(readers.map(({ client }) => client));
}

/** What is true of all together. */
export function worst(results: readonly FlushResult[]): FlushResult {
  const late = results.filter((result) => result.kind === 'timed_out');
  if (late.length > 0) {
    return { kind: 'timed_out', pendingItems: late.reduce((sum, { pendingItems }) => sum + pendingItems, 0) };
  }
  const kept = results.filter((result) => result.kind === 'buffered');
  if (kept.length > 0) return { kind: 'buffered', items: kept.reduce((sum, { items }) => sum + items, 0) };
  return { kind: 'flushed' };
}
