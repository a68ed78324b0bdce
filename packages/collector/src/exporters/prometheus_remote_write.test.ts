import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { batchOf } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import { pointsOf } from '../receivers/prometheus/pages.testing.ts';
import { prometheusRemoteWrite as receiver } from '../receivers/prometheus_remote_write.ts';
import { prometheusRemoteWrite } from './prometheus_remote_write.ts';

/** A server that records requests and responds with a list of statuses, then with 204. */
async function startServer(statuses: readonly (readonly [status: number, retryAfter?: string])[] = []) {
  const requests: { headers: IncomingMessage['headers']; size: number }[] = [];
  const server = createServer(async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    const [status = 204, retryAfter] = statuses[requests.length] ?? [];
    requests.push({ headers: request.headers, size });
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    response.end(status >= 400 ? `no: ${status}` : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

exporterContract(prometheusRemoteWrite, {
  destination: async () => {
    const server = await startServer();
    return { config: { endpoint: server.url }, close: () => server.close() };
  },
  config: { endpoint: 'http://127.0.0.1:1/write' },
});

const TIME = '1700000010000000000';
const START = '1700000000000000000';

function batchOfMetrics(metrics: readonly object[]) {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const resource = {
    attributes: [text('service.name', 'shop'), text('service.instance.id', 'a:1'), text('host.name', 'h1')],
  };
  const scopeMetrics = [{ scope: { name: 'lib', version: '2' }, metrics }];
  return batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics }] } as Parameters<
    typeof batchOf<'metrics'>
  >[1]);
}

function point(fields: object, attributes: Readonly<Record<string, string>> = {}): object {
  const list = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return { startTimeUnixNano: START, timeUnixNano: TIME, attributes: list, ...fields };
}

function gauge(name: string, fields: object): object {
  return { name, gauge: { dataPoints: [point(fields)] } };
}

const exemplar = { timeUnixNano: TIME, asDouble: 0.75, traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };

const METRICS = [
  {
    name: 'http.requests',
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [point({ asInt: '7', exemplars: [exemplar] }, { 'http.method': 'get' })],
    },
  },
  gauge('temperature', { asDouble: -1.5 }),
  gauge('gone', { flags: 1 }),
  {
    name: 'duration',
    unit: 's',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [
        point({ count: '6', sum: 3.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 1], exemplars: [exemplar] }),
      ],
    },
  },
  {
    name: 'size',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        point({
          count: '13',
          sum: 12,
          scale: 9,
          zeroCount: '2',
          positive: { offset: -2, bucketCounts: ['3', '1', '0', '0', '4'] },
          negative: { offset: 10, bucketCounts: ['3'] },
        }),
      ],
    },
  },
  {
    name: 'wait',
    summary: { dataPoints: [point({ count: '4', sum: 2, quantileValues: [{ quantile: 0.5, value: 0.25 }] })] },
  },
];

for (const message of ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request']) {
  test(`our receiver gets all kinds of metrics by ${message}`, async () => {
    const received = await createComponentBench(receiver, { config: { endpoint: '127.0.0.1:0' }, clock: systemClock });
    await received.start();
    const endpoint = `http://${received.service.host.endpoints()[0]?.address}/api/v1/write`;
    const config = {
      endpoint,
      protobuf_message: message,
      external_labels: { zone: 'z' },
      sending_queue: { enabled: false },
    };
    const bench = await createComponentBench(prometheusRemoteWrite, { config, clock: systemClock });
    await bench.start();
    assert.deepEqual(await bench.send(batchOfMetrics(METRICS)), { kind: 'accepted' });
    const points = received.received.flatMap(({ parts }) => pointsOf(parts));
    const scope = { otel_scope_name: 'lib', otel_scope_version: '2', zone: 'z' };
    const shown = points.map(({ name, kind, value, isStale, attributes }) => [
      name,
      kind,
      isStale ? 'stale' : String(value),
      Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(scope, key))),
    ]);
    assert.deepEqual(shown, [
      ['http_requests_total', 'sum', '7', { http_method: 'get' }],
      ['temperature', 'gauge', '-1.5', {}],
      ['gone', 'gauge', 'stale', {}],
      ['duration_seconds_sum', 'gauge', '3.5', {}],
      ['duration_seconds_count', 'gauge', '6', {}],
      ['duration_seconds_bucket', 'gauge', '1', { le: '0.5' }],
      ['duration_seconds_bucket', 'gauge', '3', { le: '1' }],
      ['duration_seconds_bucket', 'gauge', '6', { le: '+Inf' }],
      ['size', 'exponentialHistogram', '13', {}],
      ['wait_sum', 'gauge', '2', {}],
      ['wait_count', 'gauge', '4', {}],
      ['wait', 'gauge', '0.25', { quantile: '0.5' }],
      ['target_info', 'gauge', '1', { host_name: 'h1' }],
    ]);
    assert.deepEqual(points[0]?.attributes, { http_method: 'get', ...scope });
    assert.deepEqual(
      [points[0]?.resource['service.name'], points[0]?.resource['service.instance.id'], points[0]?.timeMillis],
      ['shop', 'a:1', 1_700_000_010_000],
    );
    const size = points.find(({ name }) => name === 'size')?.json;
    // Scale 9 becomes 8: each two buckets are one.
    assert.deepEqual(size?.['scale'], 8);
    assert.deepEqual(size?.['positive'], { offset: -1, bucketCounts: ['4', '0', '4'] });
    assert.deepEqual(size?.['negative'], { offset: 5, bucketCounts: ['3'] });
    const bucket = points.find(({ attributes }) => attributes['le'] === '1')?.json;
    assert.match(JSON.stringify(bucket?.['exemplars']), new RegExp(`"traceId":"${'ab'.repeat(16)}"`));
    assert.equal(points[0]?.startMillis, message === 'prometheus.WriteRequest' ? 0 : 1_700_000_000_000);
    await bench.service.shutdown();
    await received.service.shutdown();
  });
}

test('tries again after 429 and 5xx when the server says so, and drops what it rejects', async () => {
  const server = await startServer([[429, '2'], [503], [400]]);
  const bench = await createComponentBench(prometheusRemoteWrite, {
    config: { endpoint: server.url, headers: { 'x-scope-orgid': 'a' }, retry_on_failure: { initial_interval: '1s' } },
    random: () => 0.5,
  });
  await bench.start();
  await bench.send(batchOfMetrics([gauge('a', { asInt: '1' })]));
  const untilRequests = async (count: number) => {
    while (server.requests.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  await untilRequests(1);
  while (bench.error() === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.match(bench.error() ?? '', /the server responded 429: no: 429/);
  await bench.clock.advance(1900);
  assert.equal(server.requests.length, 1);
  while (server.requests.length < 3) await bench.clock.advance(200);
  while (Object.keys(bench.dropped()).length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(bench.dropped(), { refused: 1 });
  assert.equal(server.requests[0]?.headers['x-scope-orgid'], 'a');
  assert.equal(server.requests[0]?.headers['content-encoding'], 'snappy');
  await bench.close();
  await server.close();
});

test('splits a large batch, and continues it after the requests that were accepted', async () => {
  const server = await startServer([[204], [500]]);
  const bench = await createComponentBench(prometheusRemoteWrite, {
    config: {
      endpoint: server.url,
      max_batch_size_bytes: 1,
      target_info: { enabled: false },
      retry_on_failure: { initial_interval: '1s' },
    },
  });
  await bench.start();
  await bench.send(batchOfMetrics(['a', 'b', 'c'].map((name) => gauge(name, { asInt: '1' }))));
  while (server.requests.length < 4) await bench.clock.advance(100);
  await bench.close();
  assert.equal(server.requests.length, 4);
  assert.deepEqual(bench.dropped(), {});
  await server.close();
});

test('delta points are rejected with a hint, and the others sent', async () => {
  const server = await startServer();
  const config = { endpoint: server.url, sending_queue: { enabled: false } };
  const bench = await createComponentBench(prometheusRemoteWrite, { config, clock: systemClock });
  await bench.start();
  const delta = {
    name: 'd',
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point({ asInt: '1' })] },
  };
  const outcome = await bench.send(batchOfMetrics([delta, gauge('a', { asInt: '1' })]));
  assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
  assert.match(outcome.kind === 'partial' ? outcome.reason : '', /d: expected cumulative points.*delta_to_cumulative/);
  assert.equal(server.requests.length, 1);
  await bench.service.shutdown();
  await server.close();
});

test('a configuration without an endpoint is rejected', async () => {
  await assert.rejects(
    createComponentBench(prometheusRemoteWrite, { config: {} }),
    /exporters\.tested\.endpoint: expected a URL, got nothing/,
  );
});
