import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import type { Step } from './cases.ts';

/** Options for `metricSteps`, which determine the shape of the telemetry. */
export interface MetricStepOptions {
  readonly seed?: number;
  /** Aggregation temporality of sums and histograms: 1 is delta, 2 is cumulative, 0 is a mixture. Default 2. */
  readonly temporality?: number;
  /** Time of the first point in nanoseconds. Default: a time in 2020. */
  readonly baseNanos?: bigint;
  readonly requests?: number;
  /** How long to wait after each request. Default: no wait. */
  readonly waitMillis?: number;
  /**
   * One in `every` values, start times and times is unusual: a reset, NaN, out of order, or without a value. 0 means
   * none. Default 8.
   */
  readonly every?: number;
  /** Whether points have a start time. Points of the route `known` always do. Default true. */
  readonly starts?: boolean;
}

/** A time in 2020 in nanoseconds, before any run. */
const PAST_NANOS = 1_600_000_000_000_000_000n;
/** A time in 2200 in nanoseconds, after the start of any run. */
export const FUTURE_NANOS = 7_258_118_400_000_000_000n;
const SECOND_NANOS = 1_000_000_000n;

interface Stream {
  readonly start: bigint;
  value: number;
  readonly buckets: number[];
  scale: number;
  readonly exponential: Map<number, number>;
}

/**
 * Returns steps with streams of all metric kinds that continue from request to request, with resets, bucket and scale
 * changes, and attributes in varying order.
 */
export function metricSteps(options: MetricStepOptions = {}): readonly Step[] {
  const { seed = 1, requests = 12, waitMillis } = options;
  const generator = new Generator(createRandom(seed), options);
  const steps: Step[] = [];
  for (let index = 0; index < requests; index++) {
    steps.push({ send: generator.request(BigInt(index)) });
    if (waitMillis !== undefined) steps.push({ waitMillis });
  }
  return steps;
}

class Generator {
  readonly #random: Random;
  readonly #options: MetricStepOptions;
  readonly #base: bigint;
  readonly #streams = new Map<string, Stream>();

  constructor(random: Random, options: MetricStepOptions) {
    this.#random = random;
    this.#options = options;
    this.#base = options.baseNanos ?? PAST_NANOS;
  }

  request(index: bigint): object {
    const time = this.#base + index * 10n * SECOND_NANOS;
    const resources = ['shop', 'payments'].filter(() => this.#random(4) > 0);
    return {
      resourceMetrics: resources.map((service) => ({
        resource: {
          attributes: this.#shuffled([text('service.name', service), { key: 'shard', value: { intValue: '7' } }]),
        },
        scopeMetrics: ['lib', 'other'].map((scope) => ({
          scope: { name: scope, version: '1.0' },
          metrics: this.#metrics(`${service} ${scope}`, time),
        })),
      })),
    };
  }

  #metrics(owner: string, time: bigint): object[] {
    const { temporality = 2 } = this.#options;
    const aggregationTemporality = temporality === 0 ? 1 + this.#random(2) : temporality;
    const points = (name: string, write: (stream: Stream, unusual: boolean) => object) =>
      this.#routes().map((route) => this.#point(`${owner} ${name} ${route}`, route, time, write));
    const int = (stream: Stream) => ({ asInt: String(Math.trunc(stream.value)) });
    const double = (stream: Stream, unusual: boolean) => ({
      asDouble: unusual && this.#random(2) === 0 ? 'NaN' : stream.value / 4,
    });
    return [
      {
        name: 'requests',
        unit: '1',
        sum: { aggregationTemporality, isMonotonic: true, dataPoints: points('requests', int) },
      },
      {
        name: 'work.time',
        unit: 's',
        sum: { aggregationTemporality, isMonotonic: true, dataPoints: points('work.time', double) },
      },
      { name: 'queue.size', sum: { aggregationTemporality, dataPoints: points('queue.size', int) } },
      { name: 'temperature', unit: 'Cel', gauge: { dataPoints: points('temperature', double) } },
      {
        name: 'latency',
        unit: 's',
        histogram: {
          aggregationTemporality,
          dataPoints: points('latency', (stream, unusual) => this.#histogram(stream, unusual)),
        },
      },
      {
        name: 'size',
        unit: 'By',
        exponentialHistogram: {
          aggregationTemporality,
          dataPoints: points('size', (stream, unusual) => this.#exponential(stream, unusual)),
        },
      },
      {
        name: 'quantiles',
        summary: {
          dataPoints: points('quantiles', ({ value }) => ({
            count: String(Math.trunc(value)),
            sum: value,
            quantileValues: [{ quantile: 0.5, value }],
          })),
        },
      },
    ];
  }

  #point(key: string, route: string, time: bigint, write: (stream: Stream, unusual: boolean) => object): object {
    const unusual = this.#isUnusual();
    const stream = this.#streams.get(key) ?? this.#newStream();
    this.#streams.set(key, stream);
    this.#grow(stream, unusual);
    const restarted = this.#isUnusual() ? 5n * SECOND_NANOS : 0n;
    const late = this.#isUnusual() ? BigInt(this.#random(3)) * 10n * SECOND_NANOS : 0n;
    return {
      attributes: this.#shuffled([text('route', route), { key: 'code', value: { intValue: '200' } }]),
      ...(route === 'known'
        ? { startTimeUnixNano: String(this.#base - 1n) }
        : this.#startOf(stream.start + restarted, time - late)),
      timeUnixNano: String(time - late),
      ...(this.#isUnusual() && this.#random(2) === 0 ? { flags: 1 } : write(stream, unusual)),
    };
  }

  #routes(): readonly string[] {
    const routes = ['a', 'b', 'c'].slice(0, 1 + this.#random(3));
    return this.#options.starts === false ? [...routes, 'known'] : routes;
  }

  /**
   * Returns the start time. Without start times, it is either missing or equal to the time, which the Collector treats
   * the same.
   */
  #startOf(start: bigint, time: bigint): object {
    const { starts = true } = this.#options;
    if (starts) return { startTimeUnixNano: String(start) };
    return this.#random(4) === 0 ? { startTimeUnixNano: String(time) } : {};
  }

  #newStream(): Stream {
    const start = this.#random(5) === 0 ? 0n : this.#base - 3n * SECOND_NANOS;
    return { start, value: 0, buckets: [0, 0, 0], scale: 3, exponential: new Map() };
  }

  #grow(stream: Stream, unusual: boolean): void {
    stream.value = unusual ? this.#random(3) : stream.value + this.#random(20);
    if (unusual && this.#random(2) === 0) {
      stream.buckets.fill(0);
      stream.exponential.clear();
    }
    const bucket = this.#random(3);
    stream.buckets[bucket] = (stream.buckets[bucket] ?? 0) + 1 + this.#random(4);
    const index = this.#random(24) - 8;
    stream.exponential.set(index, (stream.exponential.get(index) ?? 0) + 1 + this.#random(3));
    if (unusual && stream.scale > 0) {
      stream.scale--;
      const merged = [...stream.exponential];
      stream.exponential.clear();
      for (const [at, count] of merged) stream.exponential.set(at >> 1, (stream.exponential.get(at >> 1) ?? 0) + count);
    }
  }

  #histogram({ buckets, value }: Stream, unusual: boolean): object {
    const explicitBounds = unusual && this.#random(3) === 0 ? [1, 5] : [1, 10];
    const isOptional = this.#random(4) > 0;
    return {
      count: String(buckets.reduce((sum, count) => sum + count, 0)),
      ...(isOptional && { sum: value, min: 0.5, max: 20 + value }),
      bucketCounts: buckets.map(String),
      explicitBounds,
    };
  }

  #exponential({ exponential, scale, value }: Stream, unusual: boolean): object {
    const indexes = [...exponential.keys()].sort((a, b) => a - b);
    const first = indexes[0] ?? 0;
    const last = indexes.at(-1) ?? -1;
    const bucketCounts = Array.from({ length: last - first + 1 }, (_, at) => String(exponential.get(first + at) ?? 0));
    const zeroCount = this.#random(2);
    const total = [...exponential.values()].reduce((sum, count) => sum + count, zeroCount);
    return {
      count: String(total),
      ...(this.#random(4) > 0 && { sum: value, min: 0.5, max: 20 + value }),
      scale,
      zeroCount: String(zeroCount),
      ...(unusual && this.#random(3) === 0 && { zeroThreshold: 0.5 }),
      positive: { offset: first, bucketCounts },
      ...(this.#random(3) === 0 && { negative: { offset: 1, bucketCounts: ['1'] } }),
    };
  }

  #isUnusual(): boolean {
    const { every = 8 } = this.#options;
    return every > 0 && this.#random(every) === 0;
  }

  #shuffled<T>(list: readonly T[]): T[] {
    return this.#random(2) === 0 ? [...list] : list.toReversed();
  }
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
