import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Outcome, Signal } from '@otelier/otlp';
import { startTestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { batchOf, encodeRequest } from '@otelier/testkit/request-codec';

const REQUESTS = {
  traces: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a', spanId: '00f067aa0ba902b7' }] }] }] },
  metrics: {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: '1' }] } }] }] }],
  },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '1700000000000000000' }] }] }] },
} as const;

const ADMISSION = { grow: () => true, release: () => undefined };

/** Starts an API that responds to every request with an outcome, or stores it. */
async function startReceiving(outcome?: Outcome) {
  const memory = createMemoryStore();
  const api = await startTestApi({
    memory,
    ingest: (signal: Signal) => ({
      admit: () => ADMISSION,
      consume: (bytes, itemCount) => {
        if (outcome !== undefined) return outcome;
        const template = batchOf('logs', REQUESTS.logs);
        return memory.append({ ...template, signal, parts: [bytes], itemCount, sizeBytes: bytes.length });
      },
    }),
  });
  const stored = async (signal: Signal): Promise<number> => (await memory.stats()).signals[signal]?.rows ?? 0;
  return { url: api.url, stored, [Symbol.asyncDispose]: () => api.shutdown(0) };
}

async function post(url: string, body: Uint8Array | string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : Buffer.from(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

for (const signal of ['traces', 'metrics', 'logs'] as const) {
  test(`receives ${signal} as JSON and protobuf, compressed or not`, async () => {
    await using server = await startReceiving();
    const json = Buffer.from(JSON.stringify(REQUESTS[signal]));
    const protobuf = encodeRequest(signal, REQUESTS[signal]);
    const paths = [`/otlp/v1/${signal}`, ...(signal === 'logs' ? ['/loki/otlp/v1/logs'] : [])];
    let sent = 0;
    for (const path of paths) {
      for (const [type, body, empty] of [
        ['application/json', json, '{}'],
        ['application/x-protobuf', protobuf, ''],
      ] as const) {
        for (const [coding, encoded] of [
          ['identity', body],
          ['gzip', gzipSync(body)],
        ] as const) {
          const headers = { 'content-type': type, 'content-encoding': coding };
          const response = await post(server.url + path, encoded, headers);
          assert.deepEqual([response.status, response.text], [200, empty], `${path} ${type} ${coding}`);
          assert.equal(response.headers.get('content-type'), type);
          assert.equal(await server.stored(signal), ++sent);
        }
      }
    }
  });
}

for (const [outcome, status, body] of [
  [{ kind: 'retry', reason: 'the queue is full', afterMillis: 2000 }, 503, /"message":"the queue is full"/],
  [{ kind: 'refused', reason: 'no' }, 400, /"code":3,"message":"no"/],
  [{ kind: 'partial', rejectedItems: 1, reason: 'old' }, 200, /"rejectedLogRecords":"1","errorMessage":"old"/],
] as const) {
  test(`responds to the outcome ${outcome.kind} as OTLP defines`, async () => {
    await using server = await startReceiving(outcome);
    const response = await post(`${server.url}/otlp/v1/logs`, JSON.stringify(REQUESTS.logs));
    assert.equal(response.status, status);
    assert.match(response.text, body);
    assert.equal(response.headers.get('retry-after'), outcome.kind === 'retry' ? '2' : null);
  });
}

test('rejects bad requests with a status in the encoding of the request', async () => {
  await using server = await startReceiving();
  const url = `${server.url}/otlp/v1/logs`;
  const large = Buffer.alloc((4 << 20) + 1, ' ');
  for (const [body, headers, status, code] of [
    ['{"resourceLogs": 1}', {}, 400, 3],
    ['no gzip', { 'content-encoding': 'gzip' }, 400, 3],
    ['{}', { 'content-encoding': 'rot13' }, 415, 12],
    [gzipSync(large), { 'content-encoding': 'gzip' }, 413, 8],
  ] as const) {
    const response = await post(url, body, headers);
    assert.equal(response.status, status, response.text);
    const parsed = JSON.parse(response.text);
    assert.equal(parsed.code, code);
    assert.ok(parsed.message.length > 0);
  }
  const protobuf = await post(url, Buffer.from([0xff]), { 'content-type': 'application/x-protobuf' });
  assert.equal(protobuf.status, 400);
  assert.equal(protobuf.headers.get('content-type'), 'application/x-protobuf');
  assert.equal((await post(`${server.url}/otlp/v1/none`, '{}')).status, 404);
  assert.equal((await fetch(url)).status, 405);
  assert.equal(await server.stored('logs'), 0);
});

test('rejects requests as retryable if no pipeline ends in the store', async () => {
  await using server = await startTestApi();
  const response = await post(`${server.url}/otlp/v1/traces`, JSON.stringify(REQUESTS.traces));
  assert.equal(response.status, 503);
  assert.match(JSON.parse(response.text).message, /^no pipeline for traces of this thread ends in the store/);
});
