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
import { SerialQueue } from './serial-queue.ts';
import { type View, Views } from './view.ts';

/** Options for a meter provider. Only the client is required. The collection options apply to the first reader. */
export interface MeterProviderOptions extends MetricReaderOptions {
  /** Additional readers, each with its own client, temporality and interval. */
  readonly readers?: readonly MetricReaderOptions[];
  /** Attributes that override the client's resource attributes. */
  readonly resource?: ResourceSource;
  readonly views?: readonly View[];
  /**
   * Which measurements are eligible as exemplars. Default: `OTEL_METRICS_EXEMPLAR_FILTER`, or else `trace_based`, which
   * selects those in a sampled span.
   */
  readonly exemplarFilter?: ExemplarFilterName;
  /** Source of timestamps. Default: the system clock. */
  readonly timeline?: Timeline;
  /** Returns a random number in [0, 1), used to sample exemplars. Default `Math.random`. */
  readonly random?: () => number;
  /** Environment variables. Default: those of the process. */
  readonly environment?: Environment;
}

/** Creates meters. Their metrics are collected periodically and sent by the client. */
export class MeterProvider implements ApiMeterProvider {
  readonly #host: MeterHost;
  readonly #meters = new Map<string, LightMeter>();
  readonly #collections = new SerialQueue();
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
      reader.client.join((isRepeated) => (isRepeated ? undefined : this.#collect(reader))),
    );
    for (const reader of readers) this.#schedule(reader);
  }

  getMeter(name: string, version?: string, options?: MeterOptions): LightMeter {
    const scope: Scope = { name: name ?? '', version, schemaUrl: options?.schemaUrl };
    // After shutdown, meters do nothing.
    if (this.#ended !== undefined) return new LightMeter(scope, { ...this.#host, readers: [] });
    const key = scopeKey(scope);
    let meter = this.#meters.get(key);
    if (meter === undefined) {
      meter = new LightMeter(scope, this.#host);
      this.#meters.set(key, meter);
    }
    return meter;
  }

  /** Counts of invalid data. */
  get losses(): Readonly<MetricLosses> {
    return { ...this.#host.losses };
  }

  /** Collects and sends all metrics. See `Client.flush`. */
  async forceFlush(timeoutMillis?: number): Promise<FlushResult> {
    if (this.#ended !== undefined) return this.#ended;
    const { readers } = this.#host;
    await Promise.all(readers.map((reader) => this.#collect(reader)));
    return combineResults(await Promise.all([...clientsOf(readers)].map((client) => client.flush(timeoutMillis))));
  }

  /** Collects one last time and flushes. The client shuts down together with the last of its providers. Idempotent. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#ended ??= this.#end(timeoutMillis);
    return this.#ended;
  }

  async #end(timeoutMillis: number | undefined): Promise<FlushResult> {
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all(this.#host.readers.map((reader) => this.#collect(reader)));
    return combineResults(await Promise.all(this.#leave.map((leave) => leave(timeoutMillis))));
  }

  /**
   * Runs one collection at a time, because callbacks must not overlap. Returns a promise only if there is something to
   * await.
   */
  #collect(reader: MetricReader): Promise<void> | undefined {
    return this.#collections.run(() => {
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
      // Skips the collection if the previous one is still running.
      if (!this.#collections.isBusy) void this.#collect(reader);
    };
    this.#timers.set(reader, reader.client.clock.setTimeout(run, reader.intervalMillis));
  }
}

function clientsOf(readers: readonly MetricReader[]): ReadonlySet<MetricReader['client']> {
  return new Set(readers.map(({ client }) => client));
}

/** Combines the results of several flushes. */
export function combineResults(results: readonly FlushResult[]): FlushResult {
  const timedOut = results.filter((result) => result.kind === 'timed_out');
  if (timedOut.length > 0) {
    return { kind: 'timed_out', pendingItems: timedOut.reduce((sum, { pendingItems }) => sum + pendingItems, 0) };
  }
  const buffered = results.filter((result) => result.kind === 'buffered');
  if (buffered.length > 0) return { kind: 'buffered', items: buffered.reduce((sum, { items }) => sum + items, 0) };
  return { kind: 'flushed' };
}
