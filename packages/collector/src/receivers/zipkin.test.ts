import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { compress } from '@otelier/transport/compression';
import { MalformedSpansError } from '../spans/malformed-spans.ts';
import { decodeJson } from './zipkin/decode-json.ts';
import { decodeProtobuf } from './zipkin/decode-protobuf.ts';
import { decodeV1Json } from './zipkin/decode-v1-json.ts';
import { decodeV1Thrift } from './zipkin/decode-v1-thrift.ts';
import { spansOfV2 } from './zipkin/v2-to-spans.ts';
import { zipkin } from './zipkin.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };
const TRACE_ID = '463ac35c9f6413ad48485a3953bb6124';

const bodyOf = (count: number): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, index) => ({
      traceId: TRACE_ID,
      id: String(index + 1).padStart(16, '0'),
      name: `get ${index}`,
      timestamp: 1_700_000_000_000_000,
      duration: 12,
      localEndpoint: { serviceName: 'shop' },
    })),
  );

receiverContract(zipkin, {
  config: CONFIG,
  async send(bench, { itemCount }): Promise<Outcome> {
    const response = await post(bench, bodyOf(itemCount));
    const text = await response.text();
    if (response.status === 202) return { kind: 'accepted' };
    assert.deepEqual([response.status, text], [500, '"Internal Server Error"']);
    // The protocol does not tell the reason.
    return { kind: 'retry', reason: 'the disk is full', afterMillis: undefined };
  },
});

test('compressed requests are received', () =>
  withBench(async (bench) => {
    for (const coding of ['gzip', 'deflate', 'zstd'] as const) {
      const body = await compress(coding, [Buffer.from(bodyOf(2))]);
      assert.equal((await post(bench, body, { 'content-encoding': coding })).status, 202);
      assert.equal(spansOf(bench).length, 2);
    }
    assert.equal((await post(bench, 'x', { 'content-encoding': 'gzip' })).status, 400);
    assert.equal((await post(bench, 'x', { 'content-encoding': 'foo' })).status, 400);
  }));

test('requests that are too large or refused are rejected', () =>
  withBench(
    async (bench) => {
      assert.equal((await post(bench, bodyOf(50))).status, 413);
      const bomb = await compress('gzip', [Buffer.alloc(1 << 20)]);
      assert.equal((await post(bench, bomb, { 'content-encoding': 'gzip' })).status, 413);
      bench.response = () => ({ kind: 'refused', reason: 'no' });
      const refused = await post(bench, bodyOf(1));
      assert.deepEqual([refused.status, await refused.text()], [400, '"Bad Request"']);
      assert.equal((await fetch(`http://${addressOf(bench)}/api/v2/spans`)).status, 405);
    },
    { ...CONFIG, max_request_body_size: 2048 },
  ));

test('errors name the place in the request', () =>
  withBench(async (bench) => {
    const text = async (body: string) => (await post(bench, body)).text();
    assert.equal(await text('[{"id":"1","tags":{"a":1}}]'), '[0].tags["a"]: expected a string, got 1\n');
    assert.equal(await text('[{"traceId":"x"}]'), '[0].id: expected a valid span ID, got nothing\n');
    assert.match(await text('{'), /^body: expected JSON: /);
  }));

test('mutated requests are decoded or rejected, and end quickly', () => {
  const random = createRandom(7);
  const decoders = [decodeJson, decodeProtobuf, (body: Uint8Array) => decodeV1Json(body, true), decodeV1Thrift];
  const seeds = [
    Buffer.from(bodyOf(3)),
    Buffer.from('0a2a0a10463ac35c9f6413ad48485a3953bb61241a0800000000000000012a', 'hex'),
  ];
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(seeds[random(seeds.length)] ?? '');
    for (let change = 0; change <= random(6); change++) bytes[random(bytes.length)] = random(256);
    const decode = decoders[random(decoders.length)] ?? decodeJson;
    try {
      decode(bytes.subarray(0, random(bytes.length + 1)));
    } catch (error) {
      assert.ok(error instanceof MalformedSpansError, String(error));
    }
  }
});

test('lengths and levels beyond the bytes are rejected', () => {
  const list = (type: number, size: number) =>
    Buffer.from([type, (size >>> 24) & 255, (size >> 16) & 255, (size >> 8) & 255, size & 255]);
  assert.throws(() => decodeV1Thrift(list(12, 0x7fff_ffff)), MalformedSpansError);
  assert.throws(() => decodeV1Thrift(list(12, 0x8000_0000)), MalformedSpansError);
  // A span whose unknown field has lists in lists.
  const nested = Buffer.concat([
    list(12, 1),
    Buffer.from([15, 0, 99]),
    ...Array.from({ length: 10_000 }, () => list(15, 1)),
  ]);
  assert.throws(() => decodeV1Thrift(nested), /expected at most 64 levels/);
  assert.throws(() => decodeJson(Buffer.from('['.repeat(1_000_000))), MalformedSpansError);
});

test('tags named like properties of objects stay tags', () => {
  const body = '[{"id":"1","timestamp":1,"tags":{"__proto__":"a","constructor":"b","toString":"c"}}]';
  const [resource] = spansOfV2(decodeJson(Buffer.from(body)), false);
  assert.deepEqual(
    [...(resource?.scopes[0]?.spans[0]?.attributes.keys() ?? [])],
    ['__proto__', 'constructor', 'toString'],
  );
});

function spansOf(bench: ComponentBench): readonly unknown[] {
  const batch = bench.received.at(-1);
  assert.ok(batch);
  const { resourceSpans = [] } = decodeRequest('traces', Buffer.concat(batch.parts)) as {
    resourceSpans?: readonly { scopeSpans: readonly { spans: readonly unknown[] }[] }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function post(
  bench: ComponentBench,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`http://${addressOf(bench)}/api/v2/spans`, {
    method: 'POST',
    body: body as BodyInit,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

async function withBench(run: (bench: ComponentBench) => Promise<void>, config: object = CONFIG): Promise<void> {
  const bench = await createComponentBench(zipkin, { config: { ...config } });
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
