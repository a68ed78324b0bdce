import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { createBearerAuthenticator } from '@otelier/transport/auth';
import { compress } from '@otelier/transport/compression';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { prometheusRemoteWrite } from './prometheus_remote_write.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };
const V1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };

receiverContract(prometheusRemoteWrite, {
  config: CONFIG,
  async send(bench, { itemCount }): Promise<Outcome> {
    const response = await post(bench, await compress('snappy', [writeRequest(itemCount)]));
    if (response.status === 204) return { kind: 'accepted' };
    const reason = await response.text();
    return response.status === 503 ? { kind: 'retry', reason, afterMillis: undefined } : { kind: 'refused', reason };
  },
});

test('listens on port 9090 of loopback by default', () => {
  const { endpoint, path } = prometheusRemoteWrite.config.parse({});
  assert.deepEqual([endpoint, path], ['127.0.0.1:9090', '/api/v1/write']);
});

test('passes samples on as gauges with the resource of job and instance', () =>
  withBench({}, async (bench) => {
    const response = await post(bench, await compress('snappy', [writeRequest(2)]));
    assert.equal(response.status, 204, await response.text());
    assert.equal(response.headers.get('x-prometheus-remote-write-samples-written'), '2');
    const [batch] = bench.received;
    assert.ok(batch);
    const request = JSON.stringify(decodeRequest('metrics', Buffer.concat(batch.parts)));
    assert.match(request, /"name":"stock"/);
    assert.match(request, /"service\.name"/);
  }));

test('rejects other requests with the reason, and keeps serving', () =>
  withBench({}, async (bench) => {
    const body = await compress('snappy', [writeRequest(1)]);
    const cases = [
      [await post(bench, body, V1, '/api/v1/read'), 404, /expected a request to \/api\/v1\/write/],
      [await fetch(url(bench)), 405, /expected POST, got GET/],
      [await post(bench, body, { ...V1, 'content-type': 'text/plain' }), 415, /content-type: expected/],
      [await post(bench, body, { ...V1, 'content-encoding': 'gzip' }), 415, /content-encoding: expected snappy/],
      [await post(bench, new Uint8Array([255, 255, 255, 255, 255, 255])), 400, /expected snappy/],
      [await post(bench, await compress('snappy', [new Uint8Array([255, 255])])), 400, /expected/],
    ] as const;
    for (const [response, status, reason] of cases) {
      assert.equal(response.status, status);
      assert.match(await response.text(), reason);
    }
    assert.deepEqual(bench.received, []);
    assert.equal((await post(bench, body)).status, 204);
    assert.equal(bench.service.graph().admission.inFlightBytes, 0);
  }));

test('releases the memory of a request that ends before its body', () =>
  withBench({}, async (bench) => {
    const request = http.request(url(bench), { method: 'POST', headers: { ...V1, 'content-length': 1000 } });
    request.on('error', () => {});
    request.write(Buffer.alloc(10));
    await until(() => bench.service.graph().admission.inFlightBytes > 0);
    request.destroy();
    await until(() => bench.service.graph().admission.inFlightBytes === 0);
  }));

test('authenticates requests with an extension', async () => {
  const definition = defineExtension({
    summary: 'Authenticates requests.',
    stability: 'development',
    config: z.object({}),
    examples: [],
    authenticates: () => ['incoming'],
    create: () => ({ offers: createBearerAuthenticator({ tokens: ['s3cret'] }) }),
  });
  const body = await compress('snappy', [writeRequest(1)]);
  await withBench(
    { auth: { authenticator: 'check' } },
    async (bench) => {
      const refused = await post(bench, body);
      assert.equal(refused.status, 401);
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/);
      assert.equal((await post(bench, body, { ...V1, authorization: 'Bearer s3cret' })).status, 204);
      assert.match(bench.received[0]?.context.subject ?? '', /^bearer:/);
    },
    { extensions: { check: { definition, config: {} } } },
  );
});

async function withBench(config: Record<string, unknown>, run: (bench: ComponentBench) => Promise<void>, more = {}) {
  const bench = await createComponentBench(prometheusRemoteWrite, { config: { ...CONFIG, ...config }, ...more });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.service.shutdown();
  }
}

function url(bench: ComponentBench, path = '/api/v1/write'): string {
  const endpoint = bench.service.host.endpoints().find(({ protocol }) => protocol === 'http');
  assert.ok(endpoint, 'expected an endpoint of http');
  return `http://${endpoint.address}${path}`;
}

function post(bench: ComponentBench, body: Uint8Array, headers: Record<string, string> = V1, path?: string) {
  return fetch(url(bench, path), { method: 'POST', headers, body: new Uint8Array(body) });
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !isTrue(); attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isTrue());
}

/** Returns a request of remote write 1.0 with a number of series, each with one sample. */
function writeRequest(seriesCount: number): Uint8Array {
  const label = (name: string, value: string) => field(1, [field(1, [utf8(name)]), field(2, [utf8(value)])]);
  const series = Array.from({ length: seriesCount }, (_, index) =>
    field(1, [
      label('__name__', 'stock'),
      label('job', 'shop'),
      label('shelf', String(index)),
      // Value 1.5 at time 1.
      field(2, [new Uint8Array([9, 0, 0, 0, 0, 0, 0, 248, 63, 16, 1])]),
    ]),
  );
  return Buffer.concat(series);
}

function field(number: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  assert.ok(content.length < 128);
  return Buffer.concat([new Uint8Array([number * 8 + 2, content.length]), content]);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
