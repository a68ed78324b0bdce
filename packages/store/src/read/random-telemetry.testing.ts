import type { Batch } from '@otelier/otlp';
import { anyValue, keyValues, type PlainValue } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

/** A function that returns a random integer from 0 up to but not including `bound`. */
export type Pick = (bound: number) => number;

/** Returns a seeded random number generator (mulberry32). */
export function picks(seed: number): Pick {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const SERVICES = ['web', 'cart', 'pay', 'job', ''];
const HOUR = 3_600_000_000_000n;

/**
 * A generator of telemetry with keys whose values have several types, rare and frequent keys, unusual strings, and
 * missing fields.
 */
export class RandomTelemetry {
  readonly #pick: Pick;
  readonly #start: bigint;
  #sequence = 0n;

  /** All times are within the hour after `start`, and no two items of a signal have the same time. */
  constructor(pick: Pick, start: bigint) {
    this.#pick = pick;
    this.#start = start;
  }

  traces(spans: number): Batch {
    return batchOf('traces', {
      resourceSpans: [
        {
          resource: { attributes: this.#resource() },
          scopeSpans: [{ scope: { name: this.#one(['a', 'b', '']) }, spans: this.#times(spans, () => this.#span()) }],
        },
      ],
    });
  }

  logs(records: number): Batch {
    return batchOf('logs', {
      resourceLogs: [
        {
          resource: { attributes: this.#resource() },
          scopeLogs: [{ scope: { name: 'l' }, logRecords: this.#times(records, () => this.#logRecord()) }],
        },
      ],
    });
  }

  /** Returns one point, the `round`th of its series, for each of some metrics of every kind. */
  metrics(round: number): Batch {
    const time = this.#start + BigInt(round) * 60_000_000_000n;
    const startTimeUnixNano = (this.#start + (round < 25 ? 0n : 25n * 60_000_000_000n)).toString();
    const point = (pool: string) => ({
      attributes: keyValues({ pool, [`only.${pool}`]: 1 }),
      timeUnixNano: (time + (pool === 'main' ? 0n : 9n)).toString(),
      startTimeUnixNano,
    });
    const since = round < 25 ? round + 1 : round - 24;
    const pools = ['main', 'spare'];
    const buckets = [since * 2, since * 5, since, this.#pick(3) === 0 ? 0 : 1];
    const count = buckets.reduce((a, b) => a + b, 0);
    return batchOf('metrics', {
      resourceMetrics: [
        {
          resource: { attributes: keyValues({ 'service.name': 'db' }) },
          scopeMetrics: [
            {
              scope: { name: 'm' },
              metrics: [
                {
                  name: 'queries',
                  unit: '{query}',
                  description: 'Queries.',
                  sum: {
                    isMonotonic: true,
                    aggregationTemporality: 2,
                    dataPoints: pools.map((pool, i) => ({ ...point(pool), asInt: since * 60 * (i + 1) })),
                  },
                },
                {
                  name: 'queries.delta',
                  sum: {
                    isMonotonic: true,
                    aggregationTemporality: 1,
                    dataPoints: pools.map((pool) => ({ ...point(pool), asDouble: this.#pick(1000) / 4 })),
                  },
                },
                {
                  name: 'connections',
                  gauge: {
                    dataPoints: round % 7 === 3 ? [] : [{ ...point('main'), asDouble: this.#pick(100) - 50.5 }],
                  },
                },
                {
                  name: 'duration',
                  histogram: {
                    aggregationTemporality: 2,
                    dataPoints: [
                      {
                        ...point('main'),
                        count,
                        sum: since * 10,
                        bucketCounts: buckets,
                        explicitBounds: [0.1, 0.5, 1],
                        exemplars: [
                          {
                            timeUnixNano: (time + 1n).toString(),
                            asDouble: 0.25,
                            traceId: this.#hex(32),
                            spanId: this.#hex(16),
                          },
                        ],
                      },
                    ],
                  },
                },
                {
                  name: 'size',
                  exponentialHistogram: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        ...point('main'),
                        count: 15,
                        sum: 90,
                        scale: 1,
                        zeroCount: 2,
                        positive: { offset: this.#pick(4), bucketCounts: [1, 2, 4] },
                        negative: { offset: 0, bucketCounts: [6] },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  }

  #span() {
    const start = this.#time();
    const failed = this.#pick(5) === 0;
    return {
      traceId: this.#traceId(),
      spanId: this.#hex(16),
      ...(this.#pick(3) > 0 && { parentSpanId: this.#hex(16) }),
      name: this.#one(['GET /cart', 'POST /pay', 'it\'s "odd" \\ ü', 'nightly']),
      kind: this.#pick(6),
      startTimeUnixNano: start.toString(),
      endTimeUnixNano: (start + BigInt(1 + this.#pick(1_000_000) * this.#pick(2000))).toString(),
      attributes: this.#attributes(),
      ...(failed && { status: { code: 2, message: this.#one(['boom', 'no response', '']) } }),
      ...(failed &&
        this.#pick(2) === 0 && {
          events: [
            { name: 'noise', timeUnixNano: start.toString() },
            {
              name: 'exception',
              timeUnixNano: start.toString(),
              attributes: keyValues({ 'exception.type': this.#one(['A', 'B']), 'exception.message': 'it "broke"' }),
            },
          ],
        }),
    };
  }

  #logRecord() {
    return {
      timeUnixNano: this.#time().toString(),
      severityNumber: this.#pick(26),
      severityText: this.#one(['INFO', 'ERROR', '']),
      body: anyValue(this.#one<PlainValue>(['done', `Payment ${this.#pick(20)} refused`, { to: 'ann', tries: 2 }, ''])),
      attributes: this.#attributes(),
      ...(this.#pick(2) === 0 && { traceId: this.#traceId(), spanId: this.#hex(16) }),
    };
  }

  #attributes() {
    const attributes = keyValues({
      'http.route': this.#one(['/cart', '/pay/:id', '/']),
      'http.response.status_code': this.#pick(20) === 0 ? String(500) : this.#one([200, 404, 500]),
      ...(this.#pick(2) === 0 && { cached: this.#pick(2) === 0 }),
      ...(this.#pick(3) === 0 && { mixed: this.#one<PlainValue>(['1', 1, 1.5, true, [1, 'x'], { deep: 'q"' }]) }),
      ...(this.#pick(40) === 0 && { [`rare.${this.#pick(4)}`]: this.#one<PlainValue>(['x', 7, '7']) }),
      ...(this.#pick(30) === 0 && { big: 9_007_199_254_740_993n }),
      ...(this.#pick(30) === 0 && { 'odd "key" \\ ü\'': 'yes' }),
    });
    const ratio = { key: 'ratio', value: { doubleValue: this.#one([0.5, 1, 2, 1e21, -3.25]) } };
    return this.#pick(2) === 0 ? [ratio, ...attributes] : attributes;
  }

  #resource() {
    const name = this.#one(SERVICES);
    return keyValues({
      ...(name !== '' && { 'service.name': name }),
      ...(this.#pick(2) === 0 && { 'host.name': this.#one(['h1', 'h2']) }),
      ...(this.#pick(4) === 0 && { cpus: this.#one([2, 4]) }),
    });
  }

  #time(): bigint {
    this.#sequence += 1n;
    return this.#start + ((this.#sequence * 7_919_000_011n + BigInt(this.#pick(1000))) % HOUR);
  }

  #traceId(): string {
    return this.#pick(600).toString(16).padStart(32, 'c');
  }

  #hex(digits: number): string {
    return Array.from({ length: digits }, () => this.#pick(16).toString(16)).join('');
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#pick(list.length)] as T;
  }

  #times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}
