import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { type CuttingProxy, createCuttingProxy } from '@otelier/testkit/cutting-proxy';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import type { Authenticator } from '../auth.ts';
import type { ExportServer } from '../contract.ts';
import { createWebSocketClient, type WebSocketClient, type WebSocketClientOptions } from './client.ts';
import { createWebSocketServer, type WebSocketServerOptions } from './server.ts';

const clients = 50;
const requestsEach = 40;
const workersEach = 4;

test('frequent disconnects at any byte neither lose nor duplicate requests', async () => {
  const random = createRandom(20_260_101);
  const handler = createRecordingHandler();
  // Some outcomes take so long that the connection has been replaced in the meantime.
  handler.response = async () => {
    if (random(6) === 0) await setTimeout(random(300));
    return random(20) === 0 ? { kind: 'retry', afterMillis: 1, reason: 'not now' } : ACCEPTED;
  };
  const taken = new Map<string, number>();
  const response = handler.response;
  handler.response = async (request) => {
    const outcome = await response(request);
    const name = nameOf(request.body);
    if (outcome.kind === 'accepted') taken.set(name, (taken.get(name) ?? 0) + 1);
    return outcome;
  };
  const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
  const proxy = await createCuttingProxy({ target: server.address, random, withinBytes: 8_000 });
  const acknowledged = (await Promise.all(eachClient((client) => sendAll(client, proxy.address, random)))).flat();
  await proxy.close();
  await server.shutdown(0);

  assert.equal(acknowledged.length, clients * requestsEach);
  assert.ok(proxy.cuts > clients, `expected more than a cut a client, got ${proxy.cuts}`);
  assert.deepEqual(
    acknowledged.filter((name) => !taken.has(name)),
    [],
    'these were acknowledged and lost',
  );
  assert.deepEqual(
    [...taken].filter(([, times]) => times > 1),
    [],
    'these were taken more than once',
  );
});

function eachClient<T>(make: (index: number) => T): T[] {
  return Array.from({ length: clients }, (_, index) => make(index));
}

/** Sends requests until each has been accepted, several at once, like a queue with multiple consumers. */
async function sendAll(index: number, address: string, random: (bound: number) => number): Promise<string[]> {
  const client = createWebSocketClient({
    endpoint: `ws://${address}`,
    initialIntervalMillis: 5,
    maxIntervalMillis: 20,
    random: () => random(1000) / 1000,
  });
  const names: string[] = [];
  let next = 0;
  const work = async () => {
    while (next < requestsEach) {
      const name = `${index}/${next++}`;
      await untilAccepted(client, [Buffer.from(`${name} `), Buffer.alloc(random(2000), 0x20)]);
      names.push(name);
    }
  };
  await Promise.all(Array.from({ length: workersEach }, work));
  await client.shutdown();
  return names;
}

async function untilAccepted(client: WebSocketClient, parts: readonly Uint8Array[]): Promise<void> {
  for (;;) {
    const outcome = await client.export('traces', parts);
    if (outcome.kind === 'accepted') return;
    assert.equal(outcome.kind, 'retry', JSON.stringify(outcome));
  }
}

function nameOf(body: Uint8Array): string {
  return Buffer.from(body).toString('latin1').trim();
}

interface World {
  readonly handler: RecordingHandler;
  readonly server: ExportServer;
  readonly proxy: CuttingProxy;
  readonly client: WebSocketClient;
}

interface WorldOptions {
  readonly server?: Partial<WebSocketServerOptions>;
  readonly client?: Partial<WebSocketClientOptions>;
}

async function withWorld(run: (world: World) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  const handler = createRecordingHandler();
  const server = await createWebSocketServer({ endpoint: '127.0.0.1:0', ...options.server }, handler);
  const proxy = await createCuttingProxy({ target: server.address, random: () => 0 });
  const endpoint = `ws://${proxy.address}`;
  const client = createWebSocketClient({ endpoint, initialIntervalMillis: 10, ...options.client });
  try {
    await run({ handler, server, proxy, client });
  } finally {
    await client.shutdown();
    await proxy.close();
    await server.shutdown(0);
  }
}

const part = () => [Buffer.from('a request')];

test('a request in flight when the connection breaks is acknowledged on the next one', () =>
  withWorld(async ({ handler, proxy, client }) => {
    const held = Promise.withResolvers<Outcome>();
    handler.response = ({ body }) => (body.length === 1 ? ACCEPTED : held.promise);
    const outcome = client.export('traces', part());
    await handler.untilRequests(1);
    proxy.cutOne();
    assert.deepEqual(await client.export('traces', [new Uint8Array(1)]), ACCEPTED);
    held.resolve({ kind: 'partial', rejectedItems: 3, reason: 'three were odd' });
    assert.deepEqual(await outcome, { kind: 'partial', rejectedItems: 3, reason: 'three were odd' });
    assert.equal(handler.requests.length, 2);
  }));

/** Exports a request and cancels it once the server has received it. */
async function exportCanceled({ client, handler }: Pick<World, 'client' | 'handler'>, parts: readonly Uint8Array[]) {
  const controller = new AbortController();
  const outcome = client.export('traces', parts, { signal: controller.signal });
  await handler.untilRequests(1);
  controller.abort();
  return outcome;
}

test('a canceled request that is sent again joins its first attempt', () =>
  withWorld(async ({ handler, client }) => {
    const held = Promise.withResolvers<Outcome>();
    handler.response = () => held.promise;
    const [slow, other] = [part(), part()];
    assert.equal((await exportCanceled({ client, handler }, slow)).kind, 'retry');
    const again = client.export('traces', slow);
    held.resolve(ACCEPTED);
    assert.deepEqual(await again, ACCEPTED);
    assert.equal(handler.requests.length, 1);
    // The same bytes in another array are another request: an item sent twice counts as two items.
    assert.deepEqual(await client.export('traces', other), ACCEPTED);
    assert.deepEqual(await client.export('traces', slow), ACCEPTED);
    assert.equal(handler.requests.length, 3);
  }));

test('resends requests that the server did not receive, and no others', () =>
  withWorld(async ({ handler, server, proxy, client }) => {
    const parts = part();
    const held = Promise.withResolvers<Outcome>();
    handler.response = () => held.promise;
    assert.equal((await exportCanceled({ client, handler }, parts)).kind, 'retry');
    proxy.cutOne();
    held.resolve(ACCEPTED);
    await handler.untilReleased();
    // Identified by its parts after the caller canceled it and the connection was replaced.
    assert.deepEqual(await client.export('traces', parts), ACCEPTED);
    assert.equal(handler.requests.length, 1);
    assert.equal(server.connectionCount, 1);
  }));

test('moving a connection loses no request in flight', () =>
  withWorld(async ({ handler, server, proxy, client }) => {
    const held = Promise.withResolvers<Outcome>();
    handler.response = ({ body }) => (body.length === 1 ? held.promise : ACCEPTED);
    const slow = client.export('traces', [new Uint8Array(1)]);
    await handler.untilRequests(1);
    assert.equal(server.moveConnection(), true);
    assert.equal(server.moveConnection(), false);
    // Crosses the end of the connection, so the server does not process it.
    const late = client.export('traces', [new Uint8Array(2)]);
    held.resolve(ACCEPTED);
    assert.deepEqual(await Promise.all([slow, late]), [ACCEPTED, ACCEPTED]);
    assert.equal(handler.requests.length, 2);
    assert.equal(proxy.cuts, 0);
  }));

test('a session cannot be continued by another subject', () => {
  let subject = 'ann';
  const auth: Authenticator = { challenge: 'Any', authenticate: () => ({ kind: 'authenticated', subject }) };
  return withWorld(
    async ({ handler, proxy, client }) => {
      const held = Promise.withResolvers<Outcome>();
      handler.response = () => held.promise;
      const outcome = client.export('traces', part());
      await handler.untilRequests(1);
      subject = 'bob';
      proxy.cutOne();
      // To the server, this is another session without requests.
      await handler.untilRequests(2);
      held.resolve(ACCEPTED);
      assert.deepEqual(await outcome, ACCEPTED);
    },
    { server: { auth } },
  );
});

test('a session without a connection is dropped after its timeout, or when there are too many', async () => {
  for (const maxDisconnectedSessions of [0, 10]) {
    const clock = createManualClock();
    await withWorld(
      async ({ handler, server, proxy, client }) => {
        const parts = part();
        handler.response = () => new Promise(() => {});
        assert.equal((await exportCanceled({ client, handler }, parts)).kind, 'retry');
        proxy.cutOne();
        await until(() => server.connectionCount === 0);
        if (maxDisconnectedSessions > 0) await clock.advance(5000);
        handler.response = () => ACCEPTED;
        assert.deepEqual(await client.export('traces', parts), ACCEPTED);
        assert.equal(handler.requests.length, 2);
      },
      {
        server: { clock, maxDisconnectedSessions, sessionTimeoutMillis: 5000, heartbeatMillis: 0 },
      },
    );
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
