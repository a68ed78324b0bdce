import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type KeyValueJson,
  keyValues,
  type MetricsJson,
  type SpanJson,
  type TracesJson,
} from '@otelier/testkit/otlp-json';
import { type Gateway, startGateway, tempDirectory } from './gateway.ts';
import { nanosAgo, send } from './send.ts';

const FUNCTIONS = 'functions: [count, sum, min, max, mean, p50, p99, histogram]';
/** Keeps all windows open until the processes end, so that no value can be late. */
const WINDOW = 'watermark_delay: 1h';
const SPANS = '{name: duration, attributes: [route]}, {name: balance, value: "span.attributes[\\"balance\\"]"}';
const SPANS_PER_REQUEST = 40;
const OTLP = 'receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}';

describe('aggregation over threads and nodes', () => {
  const requests = generatedRequests();
  const expected = Promise.withResolvers<readonly Point[]>();

  test('one thread has all values', async (t) => {
    const file = join(await tempDirectory(t), 'one.jsonl');
    const gateway = await startGateway(t, { config: [resultsOf(file)] });
    await sendAll([gateway], requests);
    await stop(gateway);
    const points = await pointsIn(file);
    const count = points.reduce((sum, { name, value }) => (name === 'duration.count' ? sum + value : sum), 0);
    assert.equal(count, requests.length * SPANS_PER_REQUEST);
    assert.ok(points.length > 300, `${points.length} points`);
    expected.resolve(points);
  });

  test('two threads give the same results', async (t) => {
    const file = join(await tempDirectory(t), 'threads.jsonl');
    const gateway = await startGateway(t, { config: [resultsOf(file), 'service: {workers: 2}'] });
    await sendAll([gateway], requests);
    await stop(gateway);
    assertSamePoints(await pointsIn(file), await expected.promise);
  });

  test('two nodes, one of them with two threads, give the same results', async (t) => {
    const file = join(await tempDirectory(t), 'nodes.jsonl');
    const all = await startGateway(t, { config: [mergerTo(file)] });
    const nodes = await Promise.all([
      startGateway(t, { config: [partialsTo(all.http)] }),
      startGateway(t, { config: [partialsTo(all.http), 'service: {workers: 2}'] }),
    ]);
    await sendAll(nodes, requests);
    for (const node of nodes) await stop(node);
    await stop(all);
    assertSamePoints(await pointsIn(file), await expected.promise);
  });
});

function resultsOf(file: string): string {
  return `
${OTLP}
connectors: {aggregate: {${WINDOW}, ${FUNCTIONS}, spans: [${SPANS}]}}
exporters: {file: {path: ${file}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [aggregate]}, metrics: {receivers: [aggregate], exporters: [file]}}}`;
}

function partialsTo(url: string): string {
  return `
${OTLP}
connectors: {aggregate: {${WINDOW}, emit: partials, interval: 50ms, spans: [${SPANS}]}}
exporters: {otlp_http: {endpoint: "${url}"}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [aggregate]}, metrics: {receivers: [aggregate], exporters: [otlp_http]}}}`;
}

/** Returns the configuration of the merging node, which does not know the metrics. */
function mergerTo(file: string): string {
  return `
${OTLP}
connectors: {aggregate: {${WINDOW}, ${FUNCTIONS}}}
exporters: {file: {path: ${file}}}
service: {pipelines: {metrics: {receivers: [otlp], exporters: [aggregate]}, metrics/out: {receivers: [aggregate], exporters: [file]}}}`;
}

/** Returns requests from several services, with times in ten windows, and balances of both signs and all magnitudes. */
function generatedRequests(): TracesJson[] {
  const random = seeded(17);
  const startNanos = nanosAgo(600_000);
  return Array.from({ length: 200 }, (_, request) => ({
    resourceSpans: [
      {
        resource: { attributes: keyValues({ 'service.name': `service-${request % 3}` }) },
        scopeSpans: [{ spans: Array.from({ length: SPANS_PER_REQUEST }, () => generatedSpan(random, startNanos)) }],
      },
    ],
  }));
}

function generatedSpan(random: () => number, startNanos: bigint): SpanJson {
  const start = startNanos + BigInt(Math.floor(random() * 570e9));
  const balance = (random() - 0.5) * 10 ** Math.floor(random() * 30 - 10);
  return {
    traceId: Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(32, '1'),
    spanId: '1'.repeat(16),
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(Math.floor(-Math.log(random()) * 1e8))),
    attributes: keyValues({ route: `/${Math.floor(random() * 5)}`, balance }),
  };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 0x1_0000_0000;
  };
}

async function sendAll(gateways: readonly Gateway[], requests: readonly TracesJson[]): Promise<void> {
  const waiting = requests.map((request, index) => ({ request, gateway: gateways[index % gateways.length] }));
  const sender = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      if (next.gateway !== undefined) await send(next.gateway, 'traces', next.request);
  };
  await Promise.all(Array.from({ length: 12 }, sender));
}

async function stop(gateway: Gateway): Promise<void> {
  assert.equal(await gateway.stop(), 0, gateway.output());
}

interface Point {
  readonly name: string;
  /** The fields that identify the point. */
  readonly key: string;
  readonly value: number;
  /** All other fields except the sum of a histogram. */
  readonly buckets: string;
}

async function pointsIn(file: string): Promise<Point[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const points = lines.flatMap((line) => pointsOf(JSON.parse(line)));
  return points.sort((left, right) => (left.key < right.key ? -1 : 1));
}

function pointsOf({ resourceMetrics = [] }: MetricsJson): Point[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ metrics = [] }) =>
      metrics.flatMap(({ name = '', gauge, sum, exponentialHistogram }) =>
        [gauge, sum, exponentialHistogram].flatMap((data) =>
          (data?.dataPoints ?? []).map(({ attributes, startTimeUnixNano, timeUnixNano, sum: total, ...rest }) => ({
            name,
            key: JSON.stringify([
              name,
              sorted(resource?.attributes),
              sorted(attributes),
              startTimeUnixNano,
              timeUnixNano,
            ]),
            value: Number(total ?? rest.asDouble ?? rest.asInt),
            buckets: data === exponentialHistogram ? JSON.stringify(rest) : '',
          })),
        ),
      ),
    ),
  );
}

function sorted(attributes: readonly KeyValueJson[] = []): string[] {
  return attributes.map((attribute) => JSON.stringify(attribute)).sort();
}

/** Compares everything exactly except sums and means, which may have a relative error of 1e-12. */
function assertSamePoints(actual: readonly Point[], expected: readonly Point[]): void {
  assert.deepEqual(
    actual.map(({ key, buckets }) => [key, buckets]),
    expected.map(({ key, buckets }) => [key, buckets]),
  );
  for (const [index, { key, name, value }] of expected.entries()) {
    const other = actual[index]?.value ?? Number.NaN;
    const tolerance = /\.(sum|mean)$/.test(name) || !name.includes('.') ? 1e-12 * Math.abs(value) : 0;
    assert.ok(Math.abs(other - value) <= tolerance, `${key}: expected ${value}, got ${other}`);
  }
}
