import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createBearerAuthenticator } from '@otelier/transport/auth';
import { createWebSocketClient, type WebSocketClient } from '@otelier/transport/websocket-client';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { otlpWebsocket } from './otlp_websocket.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };

function address(bench: ComponentBench): string {
  const endpoint = bench.service.host.endpoints().find(({ protocol }) => protocol === 'websocket');
  assert.ok(endpoint, 'expected an endpoint of websocket');
  return `ws://${endpoint.address}`;
}

async function send(bench: ComponentBench, { signal, parts }: Batch, headers = {}): Promise<Outcome> {
  const client = createWebSocketClient({ endpoint: address(bench), headers });
  const outcome = await client.export(signal, parts, { headers: { 'x-shop': 'berlin' } });
  await client.shutdown();
  return outcome;
}

async function withBench(config: Record<string, unknown>, run: (bench: ComponentBench) => Promise<void>, more = {}) {
  const bench = await createComponentBench(otlpWebsocket, { config: { ...CONFIG, ...config }, ...more });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.service.shutdown();
  }
}

receiverContract(otlpWebsocket, { config: CONFIG, send });

test('listens on port 4320 of loopback by default, without browsers and subscriptions', () => {
  const config = otlpWebsocket.config.parse({});
  assert.equal(config.endpoint, '127.0.0.1:4320');
  assert.deepEqual([config.allowedOrigins, config.subscriptions.enabled], [[], false]);
});

test('keeps metadata of connection and request with include_metadata, without credentials', () =>
  withBench({ include_metadata: true }, async (bench) => {
    await send(bench, sampleBatch('traces'), { authorization: 'Bearer hunter2', 'x-city': 'ulm' });
    const [batch] = bench.received;
    assert.deepEqual([batch?.context.metadata['x-shop'], batch?.context.metadata['x-city']], [['berlin'], ['ulm']]);
    assert.doesNotMatch(JSON.stringify(batch?.context), /hunter2/);
  }));

test('authenticates connections with an extension', async () => {
  const extension = defineExtension({
    summary: 'Authenticates requests.',
    stability: 'development',
    config: z.object({}),
    examples: [],
    authenticates: () => ['incoming'],
    create: () => ({ offers: createBearerAuthenticator({ tokens: ['s3cret'] }) }),
  });
  await withBench(
    { auth: { authenticator: 'check' } },
    async (bench) => {
      assert.equal((await send(bench, sampleBatch('traces'))).kind, 'refused');
      assert.deepEqual(await send(bench, sampleBatch('traces'), { authorization: 'Bearer s3cret' }), ACCEPTED);
      assert.match(bench.received[0]?.context.subject ?? '', /^bearer:/);
    },
    { extensions: { check: { definition: extension, config: {} } } },
  );
  const alone = createComponentBench(otlpWebsocket, { config: { ...CONFIG, auth: { authenticator: 'check' } } });
  await assert.rejects(alone, /auth\.authenticator: expected an authentication extension .*, got "check"/);
});

test('refuses requests above the memory limit, and recovers', () =>
  withBench(
    {},
    async (bench) => {
      const outcome = await send(bench, sampleBatch('traces', 1000));
      assert.equal(outcome.kind, 'refused');
      assert.match(JSON.stringify(outcome), /the server accepts a body of at most \d+ bytes/);
      assert.equal(bench.service.graph().admission.inFlightBytes, 0);
      assert.deepEqual(await send(bench, sampleBatch('traces')), ACCEPTED);
    },
    { memoryLimitBytes: 20_000 },
  ));

test('refuses subscriptions by default', () =>
  withBench({}, async (bench) => {
    const { refused } = await subscribe(bench, 'traces', '');
    assert.equal(await refused, 'this server does not offer subscriptions');
  }));

test('sends received telemetry to subscribers, filtered by item', () =>
  withBench({ subscriptions: { enabled: true } }, async (bench) => {
    const all = await subscribe(bench, 'traces', '');
    const some = await subscribe(bench, 'traces', 'name == "GET /1" or attributes["nothing"] == 1');
    const shop = await subscribe(bench, 'metrics', 'resource.attributes["service.name"] == "shop"');
    await send(bench, sampleBatch('traces', 3));
    await send(bench, sampleBatch('metrics', 2));
    await until(() => all.requests.length === 1 && some.requests.length === 1 && shop.requests.length === 1);
    const names = (request: Uint8Array | undefined) =>
      decodeRequest('traces', request ?? new Uint8Array(0)).resourceSpans?.flatMap(({ scopeSpans }) =>
        scopeSpans?.flatMap(({ spans }) => spans?.map(({ name }) => name)),
      );
    assert.deepEqual(names(all.requests[0]), ['GET /0', 'GET /1', 'GET /2']);
    assert.deepEqual(names(some.requests[0]), ['GET /1']);
    assert.deepEqual(
      shop.requests.map((request) => Buffer.from(request)),
      sampleBatch('metrics', 2).parts.map((part) => Buffer.from(part)),
    );
    for (const { client } of [all, some, shop]) await client.shutdown();
  }));

test('refuses invalid and expensive conditions, with the reason', () =>
  withBench({ subscriptions: { enabled: true } }, async (bench) => {
    for (const [condition, message] of [
      ['nam == "x"', /filter: .*unknown path "nam".*"name"/],
      ['IsMatch(name, "(a+)+$") or true', /filter: expected a function, got unknown IsMatch/],
      [`name == "${'x'.repeat(1000)}"`, /filter: expected at most 1000 characters, got 1010/],
    ] as const) {
      const { refused } = await subscribe(bench, 'traces', condition);
      assert.match(await refused, message);
    }
    const { refused } = await subscribe(bench, 'profiles', 'name == "x"');
    assert.match(await refused, /filter: expected no condition for profiles/);
  }));

interface TestSubscription {
  readonly client: WebSocketClient;
  readonly requests: Uint8Array[];
  readonly refused: Promise<string>;
}

/** Subscribes to telemetry, and resolves once the server has processed the subscription. */
async function subscribe(bench: ComponentBench, signal: Batch['signal'], condition: string): Promise<TestSubscription> {
  const client = createWebSocketClient({ endpoint: address(bench) });
  const requests: Uint8Array[] = [];
  const { promise: refused, resolve } = Promise.withResolvers<string>();
  const onData = (request: Uint8Array) => requests.push(request);
  client.subscribe({ signal, condition, onData, onRefused: (reason) => resolve(reason) });
  // Responses arrive in order, so this one follows the response to the subscription.
  await client.export('logs', []);
  void refused.then(() => client.shutdown());
  return { client, requests, refused };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
