import type { Moment, WrittenRequest } from '../../metrics/aggregating-connector.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricFields } from '../../metrics/metrics-writer.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { type ResourceCache, type ResourceMetrics, tablesOf } from './resource-metrics.ts';
import type { Series } from './series.ts';
import type { SeriesTable } from './series-table.ts';
import type { Settings } from './settings.ts';

/** Writes the metrics of all resources at the end of an interval and resets them for the next one. */
export class Collection {
  readonly #settings: Settings;
  readonly #cache: ResourceCache;
  readonly #writer = new MetricsWriter();
  /** Time of the last delta point of each series, oldest first: the start time of the next point. */
  readonly #lastTimes = new Map<string, bigint>();
  #requests: WrittenRequest[] = [];

  constructor(settings: Settings, cache: ResourceCache) {
    this.#settings = settings;
    this.#cache = cache;
  }

  /** Whether it holds no state. */
  get isEmpty(): boolean {
    return this.#lastTimes.size === 0;
  }

  collect({ timeUnixNano, monotonicMillis }: Moment, isFinal: boolean): readonly WrittenRequest[] {
    for (const metrics of this.#cache.all()) this.#writeResource(metrics, timeUnixNano, isFinal);
    this.#finishRequest();
    if (this.#settings.isDelta) this.#cache.removeAll();
    else this.#prepareNext(monotonicMillis);
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  #writeResource(metrics: ResourceMetrics, timeUnixNano: bigint, isFinal: boolean): void {
    const { config, isDelta } = this.#settings;
    const { namespace, histogram } = config;
    const temporality = isDelta ? TEMPORALITY.delta : TEMPORALITY.cumulative;
    const nameOf = (name: string) => (namespace === '' ? name : `${namespace}.${name}`);
    const sum = { kind: 'sum', temporality, isMonotonic: true } as const;
    const kind = histogram.exponential ? 'exponentialHistogram' : 'histogram';
    const written = new Set<string>();
    const write = (table: SeriesTable<Series> | undefined, metric: MetricFields) => {
      if (table === undefined) return;
      this.#begin(metrics, metric);
      for (const [key, series] of table.entries()) {
        if (this.#writer.itemCount >= MAX_POINTS) {
          this.#finishRequest();
          this.#begin(metrics, metric);
        }
        const { attributes } = series;
        const startTimeUnixNano = this.#startOf(metrics, key, series);
        const exemplars = series.exemplarsAt(timeUnixNano);
        series.write(this.#writer, { attributes, startTimeUnixNano, timeUnixNano, exemplars }, { isFinal });
        if (isDelta) written.add(key);
      }
    };
    write(metrics.calls, { name: nameOf('calls'), data: sum });
    write(metrics.durations, { name: nameOf('duration'), unit: histogram.unit, data: { kind, temporality } });
    write(metrics.events, { name: nameOf('events'), data: sum });
    // Metrics share keys, so the times are updated only at this point.
    for (const key of written) this.#setLastTime(lastTimeKey(metrics, key), timeUnixNano);
  }

  #begin({ attributes }: ResourceMetrics, metric: MetricFields): void {
    this.#writer.resource(attributes).namedScope(SCOPE).metric(metric);
  }

  #finishRequest(): void {
    const written = this.#writer.finish();
    if (written !== undefined) this.#requests.push(written);
  }

  #startOf(metrics: ResourceMetrics, key: string, { startTimeUnixNano }: Series): bigint {
    if (!this.#settings.isDelta) return startTimeUnixNano;
    const id = lastTimeKey(metrics, key);
    const last = this.#lastTimes.get(id);
    if (last === undefined) return startTimeUnixNano;
    this.#setLastTime(id, last);
    return last;
  }

  #setLastTime(id: string, time: bigint): void {
    this.#lastTimes.delete(id);
    this.#lastTimes.set(id, time);
    if (this.#lastTimes.size <= this.#settings.config.metricTimestampCacheSize) return;
    for (const oldest of this.#lastTimes.keys()) {
      this.#lastTimes.delete(oldest);
      break;
    }
  }

  #prepareNext(nowMillis: number): void {
    const { metricsExpiration, seriesExpiration } = this.#settings.config;
    this.#cache.removeEvicted();
    for (const metrics of this.#cache.cached()) {
      for (const table of tablesOf(metrics)) {
        table.clearExemplars();
        if (seriesExpiration > 0 && table.expire(nowMillis - seriesExpiration)) metrics.generation++;
      }
      // Expired metrics are emitted one last time, as in the Collector.
      if (metricsExpiration > 0 && nowMillis - metrics.lastSeenMillis >= metricsExpiration) this.#cache.evict(metrics);
    }
  }
}

function lastTimeKey({ key: resource }: ResourceMetrics, key: string): string {
  return `${resource}\0${key}`;
}

const SCOPE = 'spanmetricsconnector';
/** Maximum number of points per request. Receivers limit the size of requests, by default to 4 MiB. */
const MAX_POINTS = 4000;
