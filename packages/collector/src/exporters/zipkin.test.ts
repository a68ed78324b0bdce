import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { batchOf, createComponentBench, exporterContract, sampleBatch } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { zipkin as receiver } from '../receivers/zipkin.ts';
import { zipkin } from './zipkin.ts';

/** A server that records requests and responds with a list of statuses, then with 202. */
async function startServer(statuses: readonly number[] = []) {
  const requests: { headers: IncomingMessage['headers']; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = statuses[requests.length] ?? 202;
    requests.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/spans`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

exporterContract(zipkin, {
  destination: async () => {
    const server = await startServer();
    return { config: { endpoint: server.url }, close: () => server.close() };
  },
  config: { endpoint: 'http://127.0.0.1:1/api/v2/spans' },
});

const SPAN = {
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  name: 'GET /Cart',
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000000012000',
};

function batchOfSpans(spans: readonly object[]) {
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] } as Parameters<typeof batchOf<'traces'>>[1]);
}

async function exported(config: object, spans: readonly object[], statuses: readonly number[] = []) {
  const server = await startServer(statuses);
  const bench = await createComponentBench(zipkin, {
    config: { endpoint: server.url, sending_queue: { enabled: false }, ...config },
    clock: systemClock,
  });
  await bench.start();
  const outcome = await bench.send(batchOfSpans(spans));
  await bench.service.shutdown();
  await server.close();
  return { outcome, requests: server.requests };
}

test('spans of a service without a name have the configured one', async () => {
  const { requests } = await exported({ default_service_name: 'Nameless' }, [SPAN]);
  const [span] = JSON.parse(String(requests[0]?.body));
  assert.deepEqual(span, {
    ...{ timestamp: 1_700_000_000_000_000, duration: 12, traceId: SPAN.traceId, id: SPAN.spanId, name: 'get /cart' },
    localEndpoint: { serviceName: 'nameless' },
  });
  const unnamed = await exported({}, [SPAN]);
  assert.match(String(unnamed.requests[0]?.body), /"serviceName":"otlpresourcenoservicename"/);
});

test('requests are compressed and have headers', async () => {
  const { requests } = await exported({ format: 'proto', compression: 'gzip', headers: { 'X-Tenant': 'shop' } }, [
    SPAN,
  ]);
  const [request] = requests;
  assert.equal(request?.headers['content-type'], 'application/x-protobuf');
  assert.equal(request.headers['content-encoding'], 'gzip');
  assert.equal(request.headers['x-tenant'], 'shop');
  assert.ok(gunzipSync(request.body).includes('GET /Cart'));
});

test('429 and 5xx are retried, and other errors are final', async () => {
  const retry = { retry_on_failure: { initial_interval: '1ms' } };
  const retried = await exported(retry, [SPAN], [429, 503, 202]);
  assert.deepEqual([retried.outcome.kind, retried.requests.length], ['accepted', 3]);
  const final = await exported(retry, [SPAN], [400]);
  assert.deepEqual([final.outcome.kind, final.requests.length], ['refused', 1]);
});

test('only spans that Zipkin cannot represent are rejected', async () => {
  const bad = [
    { ...SPAN, traceId: '' },
    { ...SPAN, spanId: '' },
    { ...SPAN, endTimeUnixNano: '1600000000000000000' },
    { ...SPAN, events: [{ name: 'e', attributes: [{ key: 'a', value: { doubleValue: 'NaN' } }] }] },
  ];
  const { outcome, requests } = await exported({}, [...bad, SPAN]);
  assert.deepEqual(outcome, { kind: 'partial', rejectedItems: 4, reason: 'expected a trace ID, got none' });
  assert.equal(JSON.parse(String(requests[0]?.body)).length, 1);
  const none = await exported({}, bad);
  assert.deepEqual([none.outcome.kind, none.requests.length], ['refused', 0]);
});

test('the receiver reads what the exporter sends, in both formats', async () => {
  const incoming = await createComponentBench(receiver, { config: { endpoint: '127.0.0.1:0' } });
  await incoming.start();
  const [endpoint] = incoming.service.host.endpoints();
  for (const format of ['json', 'proto']) {
    const bench = await createComponentBench(zipkin, {
      config: { endpoint: `http://${endpoint?.address}/api/v2/spans`, format, sending_queue: { enabled: false } },
    });
    await bench.start();
    incoming.received.length = 0;
    assert.deepEqual(await bench.send(sampleBatch('traces', 7)), { kind: 'accepted' });
    assert.equal(incoming.received[0]?.itemCount, 7);
    await bench.close();
  }
  await incoming.close();
});
