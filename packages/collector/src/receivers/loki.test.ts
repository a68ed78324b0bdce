import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { compress } from '@otelier/transport/compression';
import { loki } from './loki.ts';
import { callGrpc } from './otlp/call-grpc.testing.ts';

const PUSH = '/logproto.Pusher/Push';
const TIME = '1700000000000000001';
const CONFIG = { protocols: { http: { endpoint: '127.0.0.1:0' } }, use_incoming_timestamp: true };

const bodyOf = (count: number): string =>
  JSON.stringify({
    streams: [
      {
        stream: { app: 'shop' },
        values: Array.from({ length: count }, (_, index) => [TIME, `line ${index}`, { user: 'u' }]),
      },
    ],
  });

receiverContract(loki, {
  config: CONFIG,
  async send(bench, { itemCount }): Promise<Outcome> {
    const response = await post(bench, bodyOf(itemCount));
    if (response.status === 204) return { kind: 'accepted' };
    const reason = await response.text();
    return response.status === 503 ? { kind: 'retry', reason, afterMillis: undefined } : { kind: 'refused', reason };
  },
});

test('labels and structured metadata become attributes of records, as in the Collector', () =>
  withBench(CONFIG, async (bench) => {
    assert.equal((await post(bench, bodyOf(1))).status, 204);
    assert.deepEqual(recordOf(bench).slice(0, 3), [TIME, 'line 0', ['app', 'user']]);
  }));

test('without use_incoming_timestamp, records have the time of receipt', () =>
  withBench({ ...CONFIG, use_incoming_timestamp: false }, async (bench) => {
    assert.equal((await post(bench, bodyOf(1))).status, 204);
    assert.notEqual(recordOf(bench)[0], TIME);
  }));

test('protobuf with snappy is received, and other requests are rejected', () =>
  withBench(CONFIG, async (bench) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    assert.equal((await post(bench, await compress('snappy', [pushRequest()]), headers)).status, 204);
    assert.deepEqual(recordOf(bench).slice(1, 3), ['hello', ['app']]);
    assert.equal((await post(bench, 'x', headers)).status, 400);
    assert.equal((await post(bench, '{', {})).status, 400);
    assert.equal((await fetch(`http://${addressOf(bench)}/other`)).status, 404);
  }));

test('entries are received by gRPC', async () => {
  const config = { protocols: { grpc: { endpoint: '127.0.0.1:0' } }, use_incoming_timestamp: true };
  await withBench(config, async (bench) => {
    assert.equal(await callGrpc(addressOf(bench), PUSH, pushRequest()), '0');
    assert.deepEqual(recordOf(bench).slice(0, 3), ['7000000005', 'hello', ['app']]);
    assert.equal(await callGrpc(addressOf(bench), PUSH, Buffer.from([255])), '3');
  });
});

/** A `PushRequest` with one entry, after seven seconds and five nanoseconds. */
function pushRequest(): Uint8Array {
  const field = (number: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const entry = Buffer.concat([field(1, Buffer.from([8, 7, 16, 5])), field(2, Buffer.from('hello'))]);
  return field(1, Buffer.concat([field(1, Buffer.from('{app="shop"}')), field(2, entry)]));
}

function recordOf(bench: ComponentBench): unknown[] {
  const batch = bench.received.at(-1);
  assert.ok(batch);
  const request = decodeRequest('logs', Buffer.concat(batch.parts)) as unknown as {
    resourceLogs: {
      scopeLogs: {
        logRecords: { timeUnixNano: unknown; body: { stringValue: string }; attributes: { key: string }[] }[];
      }[];
    }[];
  };
  const record = request.resourceLogs[0]?.scopeLogs[0]?.logRecords[0];
  return [String(record?.timeUnixNano), record?.body.stringValue, record?.attributes.map(({ key }) => key)];
}

async function post(
  bench: ComponentBench,
  body: string | Uint8Array,
  headers?: Record<string, string>,
): Promise<Response> {
  return fetch(`http://${addressOf(bench)}/loki/api/v1/push`, {
    method: 'POST',
    body: body as BodyInit,
    headers: headers ?? { 'content-type': 'application/json' },
  });
}

async function withBench(
  config: Record<string, unknown>,
  run: (bench: ComponentBench) => Promise<void>,
): Promise<void> {
  const bench = await createComponentBench(loki, { config });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.service.shutdown();
  }
}

function addressOf(bench: ComponentBench): string {
  const [endpoint] = bench.service.host.endpoints();
  assert.ok(endpoint, 'expected an endpoint');
  return endpoint.address;
}
