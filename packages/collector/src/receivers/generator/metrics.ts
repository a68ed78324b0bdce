import { type AnyJson, attributes, nanos, type RequestJson } from '../../json/otlp-json.ts';
import { resourceOf } from './encode.ts';
import type { Shop } from './shop.ts';
import type { SimulatedSpan } from './simulate.ts';

/** Bucket boundaries of `http.server.request.duration`, in seconds (semantic conventions for HTTP metrics). */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Scale of exponential histograms: 2^(2^-3) ≈ 9 % per bucket. */
const EXPONENTIAL_SCALE = 3;
const DELTA = 1;
const CUMULATIVE = 2;

interface Histogram {
  readonly labels: Record<string, string | number>;
  readonly buckets: number[];
  count: number;
  sum: number;
  min: number;
  max: number;
  exemplar: AnyJson | undefined;
}

interface ExponentialHistogram {
  readonly labels: Record<string, string>;
  readonly buckets: Map<number, number>;
  count: number;
  sum: number;
}

/** The metrics of the services, recorded from spans. They cover all five point types and both temporalities. */
export class ShopMetrics {
  readonly #shop: Shop;
  readonly #random: () => number;
  readonly #startMillis: number;
  readonly #requests = new Map<string, Map<string, Histogram>>();
  readonly #database = new Map<string, Map<string, ExponentialHistogram>>();
  readonly #orders = new Map<string, number>();
  #cartItems = 0;
  #lastMillis: number;

  constructor(shop: Shop, startMillis: number, random: () => number) {
    this.#shop = shop;
    this.#random = random;
    this.#startMillis = startMillis;
    this.#lastMillis = startMillis;
  }

  record(spans: readonly SimulatedSpan[]): void {
    for (const span of spans) {
      if (span.operation.kind === 'server') this.#recordRequest(span);
      if (span.operation.database !== undefined) this.#recordDatabaseCall(span);
      if (span.name === 'POST /orders' && span.failure === undefined) {
        const method = this.#random() < 0.7 ? 'card' : 'invoice';
        this.#orders.set(method, (this.#orders.get(method) ?? 0) + 1);
      }
      if (span.name === 'POST /cart/:user') this.#cartItems += 1;
    }
  }

  /** Encodes the metrics at `nowMillis` as an export request. */
  read(nowMillis: number): RequestJson {
    const resourceMetrics = Object.keys(this.#shop.services).map((service) => ({
      resource: resourceOf(this.#shop, service),
      scopeMetrics: [{ scope: { name: `${service}.meter` }, metrics: this.#metricsOf(service, nowMillis) }],
    }));
    this.#lastMillis = nowMillis;
    return { resourceMetrics };
  }

  #metricsOf(service: string, nowMillis: number): AnyJson[] {
    const since = { startTimeUnixNano: nanos(this.#startMillis), timeUnixNano: nanos(nowMillis) };
    const load = 0.12 + 0.1 * this.#random() + (service === 'payment' ? 0.2 : 0);
    const metrics: AnyJson[] = [
      {
        name: 'http.server.request.duration',
        description: 'Duration of HTTP server requests.',
        unit: 's',
        histogram: { aggregationTemporality: CUMULATIVE, dataPoints: this.#histogramPoints(service, since) },
      },
      {
        name: 'process.cpu.utilization',
        description: 'CPU time of the process as a fraction of all CPU time.',
        unit: '1',
        gauge: {
          dataPoints: [
            { timeUnixNano: since.timeUnixNano, asDouble: load, attributes: attributes({ 'cpu.mode': 'user' }) },
          ],
        },
      },
      {
        name: 'process.memory.usage',
        description: 'Physical memory in use.',
        unit: 'By',
        sum: {
          aggregationTemporality: CUMULATIVE,
          isMonotonic: false,
          dataPoints: [{ ...since, asInt: String(Math.floor(90e6 + 30e6 * this.#random())) }],
        },
      },
      ...this.#databaseMetrics(service, since),
    ];
    if (service === 'checkout') metrics.push(this.#ordersMetric(since));
    if (service === 'cart') metrics.push(this.#cartMetric(nowMillis));
    if (service === 'catalog') metrics.push(this.#pauseSummary(since));
    return metrics;
  }

  #recordRequest(span: SimulatedSpan): void {
    const labels = {
      'http.request.method': span.operation.http?.method ?? '',
      'http.route': span.operation.http?.route ?? '',
      'http.response.status_code': span.httpStatus,
    };
    const seconds = (span.endMillis - span.startMillis) / 1000;
    const histogram = entry(
      entry(this.#requests, span.service, () => new Map<string, Histogram>()),
      JSON.stringify(labels),
      () => ({
        labels,
        buckets: new Array<number>(DURATION_BOUNDS.length + 1).fill(0),
        count: 0,
        sum: 0,
        min: Number.POSITIVE_INFINITY,
        max: 0,
        exemplar: undefined,
      }),
    );
    const found = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
    const bucket = found < 0 ? DURATION_BOUNDS.length : found;
    histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + 1;
    histogram.count += 1;
    histogram.sum += seconds;
    histogram.min = Math.min(histogram.min, seconds);
    histogram.max = Math.max(histogram.max, seconds);
    histogram.exemplar = {
      timeUnixNano: nanos(span.endMillis),
      asDouble: seconds,
      traceId: span.traceId,
      spanId: span.spanId,
    };
  }

  #recordDatabaseCall(span: SimulatedSpan): void {
    const { database } = span.operation;
    if (database === undefined) return;
    const labels = { 'db.system.name': database.system, 'db.operation.name': database.operation };
    const seconds = Math.max((span.endMillis - span.startMillis) / 1000, 1e-6);
    const histogram = entry(
      entry(this.#database, span.service, () => new Map<string, ExponentialHistogram>()),
      JSON.stringify(labels),
      () => ({ labels, buckets: new Map<number, number>(), count: 0, sum: 0 }),
    );
    const index = Math.ceil(Math.log2(seconds) * 2 ** EXPONENTIAL_SCALE) - 1;
    histogram.buckets.set(index, (histogram.buckets.get(index) ?? 0) + 1);
    histogram.count += 1;
    histogram.sum += seconds;
  }

  #histogramPoints(service: string, since: Record<string, string>): AnyJson[] {
    return [...(this.#requests.get(service)?.values() ?? [])].map((histogram) => ({
      ...since,
      attributes: attributes(histogram.labels),
      count: String(histogram.count),
      sum: histogram.sum,
      min: histogram.min,
      max: histogram.max,
      explicitBounds: DURATION_BOUNDS,
      bucketCounts: histogram.buckets.map(String),
      exemplars: histogram.exemplar === undefined ? [] : [histogram.exemplar],
    }));
  }

  #databaseMetrics(service: string, since: Record<string, string>): AnyJson[] {
    const histograms = [...(this.#database.get(service)?.values() ?? [])];
    if (histograms.length === 0) return [];
    const dataPoints = histograms.map(({ labels, buckets, count, sum }) => {
      const offset = Math.min(...buckets.keys());
      const length = Math.max(...buckets.keys()) - offset + 1;
      const bucketCounts = Array.from({ length }, (_, i) => String(buckets.get(offset + i) ?? 0));
      return {
        ...since,
        attributes: attributes(labels),
        count: String(count),
        sum,
        scale: EXPONENTIAL_SCALE,
        zeroCount: '0',
        positive: { offset, bucketCounts },
      };
    });
    return [
      {
        name: 'db.client.operation.duration',
        description: 'Duration of database calls.',
        unit: 's',
        exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints },
      },
    ];
  }

  #ordersMetric(since: Record<string, string>): AnyJson {
    const dataPoints = [...this.#orders].map(([method, count]) => ({
      ...since,
      asInt: String(count),
      attributes: attributes({ 'payment.method': method }),
    }));
    return {
      name: 'shop.orders',
      description: 'Orders placed.',
      unit: '{order}',
      sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints },
    };
  }

  /** Returns a delta sum: the number of items added since the last read. */
  #cartMetric(nowMillis: number): AnyJson {
    const point = {
      startTimeUnixNano: nanos(this.#lastMillis),
      timeUnixNano: nanos(nowMillis),
      asInt: String(this.#cartItems),
    };
    this.#cartItems = 0;
    return {
      name: 'shop.cart.items_added',
      description: 'Items added to carts.',
      unit: '{item}',
      sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [point] },
    };
  }

  #pauseSummary(since: Record<string, string>): AnyJson {
    const pause = 0.004 + 0.002 * this.#random();
    const quantileValues = [
      { quantile: 0.5, value: pause },
      { quantile: 0.99, value: pause * 6 },
      { quantile: 1, value: pause * 9 },
    ];
    return {
      name: 'jvm.gc.pause',
      description: 'Garbage collection pauses.',
      unit: 's',
      summary: { dataPoints: [{ ...since, count: '120', sum: pause * 130, quantileValues }] },
    };
  }
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
