import type { WrittenRequest } from '../../metrics/aggregating-connector.ts';
import type { Distribution } from '../../metrics/distribution.ts';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { type MetricDataFields, type MetricFields, MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { PointFields } from '../../metrics/point-fields.ts';
import type { Edge } from './edge-store.ts';
import type { Settings } from './settings.ts';

/** The requests between two services that have the same dimensions. */
interface Series {
  attributes: Uint8Array;
  virtualNode: Edge['virtualNode'];
  total: number;
  failed: number;
  readonly server: Distribution;
  readonly client: Distribution;
  lastUpdatedMillis: number;
}

/** The series of all edges, by services and dimensions. */
export class GraphSeries {
  readonly #settings: Settings;
  readonly #startTimeUnixNano: bigint;
  readonly #series = new Map<string, Series>();
  readonly #writer = new MetricsWriter();
  #requests: WrittenRequest[] = [];

  constructor(settings: Settings, startTimeUnixNano: bigint) {
    this.#settings = settings;
    this.#startTimeUnixNano = startTimeUnixNano;
  }

  get isEmpty(): boolean {
    return this.#series.size === 0;
  }

  /** Counts a request. Returns false, without counting it, if there is no memory for another series. */
  add(edge: Edge, nowMillis: number): boolean {
    const key = this.#keyOf(edge);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#settings.budget.isFull()) return false;
      series = this.#create(edge);
      this.#series.set(key, series);
      this.#settings.budget.usedBytes += sizeOf(key, series);
    } else if (series.virtualNode !== edge.virtualNode) {
      // The side without a span is not part of the key, so the last value wins, as in the Collector.
      series.attributes = this.#attributesOf(edge);
      series.virtualNode = edge.virtualNode;
    }
    series.lastUpdatedMillis = nowMillis;
    series.total++;
    if (edge.failed) series.failed++;
    series.server.record(edge.serverSeconds, 1);
    series.client.record(edge.clientSeconds, 1);
    return true;
  }

  /** Removes series that have had no requests since `limitMillis`. */
  removeOlderThan(limitMillis: number): void {
    for (const [key, series] of this.#series) {
      if (series.lastUpdatedMillis >= limitMillis) continue;
      this.#series.delete(key);
      this.#settings.budget.usedBytes -= sizeOf(key, series);
    }
  }

  /** Returns the metrics for all series. */
  write(nowUnixNano: bigint): readonly WrittenRequest[] {
    const timeUnixNano = nowUnixNano - this.#settings.offsetNanos;
    const { isExponential } = this.#settings;
    const sum = { kind: 'sum', temporality: TEMPORALITY.cumulative, isMonotonic: true } as const;
    const kind = isExponential ? 'exponentialHistogram' : 'histogram';
    const durations: MetricDataFields = { kind, temporality: TEMPORALITY.cumulative };
    const { server, client } = { server: `${PREFIX}server`, client: `${PREFIX}client` };
    this.#metric({ name: `${PREFIX}total`, data: sum }, timeUnixNano, ({ total }, point) => {
      this.#writer.numberPoint({ ...point, value: BigInt(total) });
    });
    this.#metric({ name: `${PREFIX}failed_total`, data: sum }, timeUnixNano, ({ failed }, point) => {
      if (failed > 0) this.#writer.numberPoint({ ...point, value: BigInt(failed) });
    });
    this.#metric({ name: server, unit: 's', data: durations }, timeUnixNano, (series, point) =>
      series.server.write(this.#writer, point),
    );
    this.#metric({ name: client, unit: 's', data: durations }, timeUnixNano, (series, point) =>
      series.client.write(this.#writer, point),
    );
    this.#finishRequest();
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  #metric(metric: MetricFields, timeUnixNano: bigint, write: (series: Series, point: PointFields) => void): void {
    let isOpen = false;
    const startTimeUnixNano = this.#startTimeUnixNano;
    for (const series of this.#series.values()) {
      if (this.#writer.itemCount >= MAX_POINTS) {
        this.#finishRequest();
        isOpen = false;
      }
      if (metric.name === FAILED && series.failed === 0) continue;
      if (!isOpen) this.#writer.resource(NO_ATTRIBUTES).namedScope(SCOPE).metric(metric);
      isOpen = true;
      write(series, { attributes: series.attributes, startTimeUnixNano, timeUnixNano });
    }
  }

  #finishRequest(): void {
    const written = this.#writer.finish();
    if (written !== undefined) this.#requests.push(written);
  }

  #create(edge: Edge): Series {
    const { createDistribution } = this.#settings;
    return {
      attributes: this.#attributesOf(edge),
      virtualNode: edge.virtualNode,
      total: 0,
      failed: 0,
      server: createDistribution(),
      client: createDistribution(),
      lastUpdatedMillis: 0,
    };
  }

  #keyOf({ client, server, connectionType, failed, dimensions }: Edge): string {
    let key = `${client}\0${server}\0${connectionType}\0${failed}`;
    if (dimensions === undefined) return key;
    for (const name of this.#settings.sidedDimensions) {
      const value = dimensions.get(name);
      if (value !== undefined) key += `\0${name}_${value}`;
    }
    return key;
  }

  #attributesOf({ client, server, connectionType, failed, dimensions, virtualNode }: Edge): Uint8Array {
    const attributes = new Map<string, string | boolean>([
      ['client', client],
      ['server', server],
      ['connection_type', connectionType],
      ['failed', failed],
      ...(dimensions ?? []),
    ]);
    if (this.#settings.hasVirtualNodeLabel) attributes.set('virtual_node', virtualNode);
    return encodeAttributes(attributes);
  }
}

function sizeOf(key: string, { attributes, server, client }: Series): number {
  return OVERHEAD_BYTES + 2 * key.length + attributes.length + server.sizeBytes + client.sizeBytes;
}

const OVERHEAD_BYTES = 500;
const PREFIX = 'traces_service_graph_request_';
const FAILED = `${PREFIX}failed_total`;
const SCOPE = 'traces_service_graph';
const NO_ATTRIBUTES = new Uint8Array();
/** Maximum number of points per request. Receivers limit the size of requests, by default to 4 MiB. */
const MAX_POINTS = 4000;
