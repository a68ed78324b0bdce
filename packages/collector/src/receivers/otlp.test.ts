import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome, WireWriter } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createBearerAuthenticator } from '@otelier/transport/auth';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { otlp } from './otlp.ts';

const GRPC = { protocols: { grpc: { endpoint: '127.0.0.1:0' } } };
const HTTP = { protocols: { http: { endpoint: '127.0.0.1:0' } } };

function address(bench: ComponentBench, protocol: string): string {
  const endpoint = bench.service.host.endpoints().find((candidate) => candidate.protocol === protocol);
  assert.ok(endpoint, `expected an endpoint of ${protocol}`);
  return endpoint.address;
}

async function sendGrpc(bench: ComponentBench, { signal, parts }: Batch, headers = {}): Promise<Outcome> {
  const client = createGrpcClient({ endpoint: address(bench, 'grpc'), tls: { insecure: true } });
  const outcome = await client.export(signal, parts, { headers });
  await client.shutdown();
  return outcome;
}

async function sendHttp(bench: ComponentBench, { signal, parts }: Batch, headers = {}): Promise<Outcome> {
  const client = createHttpClient({ endpoint: `http://${address(bench, 'http')}` });
  const outcome = await client.export(signal, parts, { headers });
  await client.shutdown();
  return outcome;
}

async function withBench(config: Record<string, unknown>, run: (bench: ComponentBench) => Promise<void>, more = {}) {
  const bench = await createComponentBench(otlp, { config, ...more });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.service.shutdown();
  }
}

receiverContract(otlp, { config: GRPC, send: sendGrpc });
receiverContract(otlp, { config: HTTP, send: sendHttp });

test('serves both protocols by default, and only the configured ones otherwise', () => {
  const both = otlp.config.parse({});
  assert.equal(both.protocols.grpc?.endpoint, '127.0.0.1:4317');
  assert.equal(both.protocols.http?.endpoint, '127.0.0.1:4318');
  assert.equal(otlp.config.parse({ protocols: { http: {} } }).protocols.grpc, undefined);
  assert.throws(() => otlp.config.parse({ protocols: {} }), /expected grpc, http or both/);
  assert.equal(otlp.describe?.(both), '4317, 4318');
});

test('receives OTLP/JSON', () =>
  withBench(HTTP, async (bench) => {
    const response = await fetch(`http://${address(bench, 'http')}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'a' } }, {}] }] }] }),
    });
    assert.equal(response.status, 200);
    assert.equal(bench.received[0]?.itemCount, 2);
    assert.equal(bench.received[0]?.signal, 'logs');
  }));

test('refuses a request of millions of empty containers around one item, which small messages of the sender hide', () =>
  withBench(HTTP, async (bench) => {
    const scopes = Buffer.alloc(8_000_000, Buffer.from([0x12, 0]));
    const request = new WireWriter();
    request.open(1);
    request.raw(scopes, 0, scopes.length);
    request.open(2);
    request.open(2);
    for (let i = 0; i < 3; i++) request.close();
    const batch = { ...sampleBatch('traces'), parts: [request.finish()] };
    const outcome = await sendHttp(bench, batch);
    assert.equal(outcome.kind, 'refused');
    assert.match(
      JSON.stringify(outcome),
      /expected a request of at most \d+ items, resources, scopes and metrics, .* got 4000003/,
    );
    assert.equal(bench.received.length, 0);
    assert.equal((await sendHttp(bench, sampleBatch('traces'))).kind, 'accepted');
  }));

test('rejects an invalid request, and forwards nothing', () =>
  withBench({ protocols: { ...GRPC.protocols, ...HTTP.protocols } }, async (bench) => {
    const broken = { ...sampleBatch('traces'), parts: [Uint8Array.of(0x0a, 0x7f, 0x01)] };
    for (const send of [sendGrpc, sendHttp]) {
      const outcome = await send(bench, broken);
      assert.equal(outcome.kind, 'refused');
    }
    assert.deepEqual(bench.received, []);
  }));

test('serves other clients while a slow request is normalized', () =>
  withBench(HTTP, async (bench) => {
    const kinds = 400_000;
    const slow = {
      rewritten: wrapped(Buffer.alloc(2 * kinds, Buffer.from([0x30, 3]))),
      malformed: wrapped(Buffer.concat([Buffer.alloc(2 * kinds, Buffer.from([0x30, 3])), Buffer.from([0x31])])),
    };
    const json = JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 50_000 }, () => ({ name: 'x' })) }] }],
    });
    const settled: string[] = [];
    const note = (name: string) => (outcome: Outcome) => {
      settled.push(name);
      return outcome;
    };
    const url = `http://${address(bench, 'http')}/v1/traces`;
    const client = createHttpClient({ endpoint: `http://${address(bench, 'http')}` });
    const slowOnes = [
      client.export('traces', [slow.rewritten]).then(note('rewritten')),
      client.export('traces', [slow.malformed]).then(note('malformed')),
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: json }).then(({ status }) =>
        note('json')(status === 200 ? ACCEPTED : { kind: 'refused', reason: `status ${status}` }),
      ),
    ];
    const arriving = slow.rewritten.length + slow.malformed.length + json.length;
    while (settled.length === 0 && bench.service.graph().admission.inFlightBytes < arriving)
      await new Promise((resolve) => setImmediate(resolve));
    const quick = await client.export('traces', sampleBatch('traces').parts).then(note('quick'));
    const [rewritten, malformed, fromJson] = await Promise.all(slowOnes);
    await client.shutdown();

    assert.notEqual(settled.at(-1), 'quick');
    assert.deepEqual([quick, rewritten, fromJson], [ACCEPTED, ACCEPTED, ACCEPTED]);
    assert.equal(malformed?.kind, 'refused');
    assert.match(JSON.stringify(malformed), /spans\[0\].*offset/);
    const items = bench.received.map(({ itemCount }) => itemCount);
    assert.deepEqual(new Set(items), new Set([sampleBatch('traces').itemCount, 1, 50_000]));
  }));

/** Returns a request with one span of the given bytes. */
function wrapped(span: Uint8Array): Uint8Array {
  return [0x12, 0x12, 0x0a].reduce<Uint8Array>((bytes, tag) => {
    const writer = new WireWriter(bytes.length + 8);
    writer.bytesField(tag >> 3, bytes);
    return writer.finish();
  }, span);
}

test('accepts an empty request, and forwards nothing', () =>
  withBench(HTTP, async (bench) => {
    assert.deepEqual(await sendHttp(bench, { ...sampleBatch('traces'), parts: [] }), ACCEPTED);
    assert.deepEqual(bench.received, []);
  }));

test('refuses signals without a pipeline', () =>
  withBench(
    HTTP,
    async (bench) => {
      const outcome = await sendHttp(bench, sampleBatch('logs'));
      assert.equal(outcome.kind, 'refused');
    },
    { signals: ['traces'] },
  ));

test('keeps metadata with include_metadata, without credentials', async () => {
  const headers = { 'x-shop': 'berlin', authorization: 'Bearer hunter2', 'x-api-key': 'hunter2' };
  const protocols = { http: { ...HTTP.protocols.http, include_metadata: true }, ...GRPC.protocols };
  await withBench({ protocols }, async (bench) => {
    await sendHttp(bench, sampleBatch('traces'), headers);
    await sendGrpc(bench, sampleBatch('traces'), headers);
    const [kept, none] = bench.received.map(({ context }) => context);
    assert.deepEqual(kept?.metadata['x-shop'], ['berlin']);
    assert.doesNotMatch(JSON.stringify(kept), /hunter2/);
    assert.deepEqual(none?.metadata, {});
  });
});

test('records the arrival time of batches', () =>
  withBench(HTTP, async (bench) => {
    await sendHttp(bench, sampleBatch('traces'));
    assert.equal(bench.received[0]?.context.arrivalMillis, bench.clock.now());
  }));

test('refuses requests above the memory limit, and recovers', () =>
  withBench(
    HTTP,
    async (bench) => {
      const outcome = await sendHttp(bench, sampleBatch('traces', 1000));
      assert.notEqual(outcome.kind, 'accepted');
      assert.equal(bench.service.graph().admission.inFlightBytes, 0);
      assert.deepEqual(await sendHttp(bench, sampleBatch('traces')), ACCEPTED);
    },
    { memoryLimitBytes: 20_000 },
  ));

test('authenticates requests with an extension', async () => {
  const extension = defineExtension({
    summary: 'Authenticates requests.',
    stability: 'development',
    config: z.object({}),
    examples: [],
    authenticates: () => ['incoming'],
    create: () => ({ offers: createBearerAuthenticator({ tokens: ['s3cret'] }) }),
  });
  const config = { protocols: { http: { ...HTTP.protocols.http, auth: { authenticator: 'check' } } } };
  await withBench(
    config,
    async (bench) => {
      const denied = await sendHttp(bench, sampleBatch('traces'));
      assert.equal(denied.kind, 'refused');
      const outcome = await sendHttp(bench, sampleBatch('traces'), { authorization: 'Bearer s3cret' });
      assert.deepEqual(outcome, ACCEPTED);
      assert.match(bench.received[0]?.context.subject ?? '', /^bearer:/);
    },
    { extensions: { check: { definition: extension, config: {} } } },
  );
  await assert.rejects(
    createComponentBench(otlp, { config }),
    /auth\.authenticator: expected an authentication extension .*, got "check"/,
  );
});

test('fails to start on a port in use, and leaves nothing open', () =>
  withBench(HTTP, async (bench) => {
    const endpoint = address(bench, 'http');
    const second = await createComponentBench(otlp, {
      config: { protocols: { ...GRPC.protocols, http: { endpoint } } },
    });
    await assert.rejects(second.start(), new RegExp(`receiver tested: ${endpoint} is in use by another program`));
    assert.deepEqual(second.service.host.endpoints(), []);
    assert.equal(second.service.host.health().phase, 'stopped');
  }));
