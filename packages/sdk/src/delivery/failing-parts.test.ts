import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import { createClient as createBrowserClient } from '../browser.ts';
import { type Attributes, type Client, type ClientOptions, createClient, span, TracerProvider } from '../node.ts';
import { responseOutcome, startSink } from '../sink.testing.ts';

/** Shuts the client down at the end of the test without waiting, aborting retries. */
function endAfter(t: TestContext, client: Client, clock: ManualClock): void {
  t.after(async () => {
    const ended = client.shutdown(0);
    await clock.advance(1);
    await ended;
  });
}

/**
 * A destination that never responds. Unlike the default endpoint, it cannot be served by another program on the
 * machine.
 */
const SILENT: NonNullable<ClientOptions['transport']> = {
  export: (_signal, _parts, { signal } = {}) =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve({ kind: 'retry', afterMillis: undefined, reason: 'aborted' }));
    }),
  shutdown: async () => {},
};

/** Collects unhandled rejections, which would otherwise crash the program. */
function watchRejections(t: TestContext): readonly unknown[] {
  const rejections: unknown[] = [];
  const note = (error: unknown) => rejections.push(error);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  return rejections;
}

test('a listener that records events causes no loop, and its own losses are reported later', async (t) => {
  const clock = createManualClock();
  const limits = { queue: { maxItems: 1 }, batch: { maxItems: 1 } };
  const client = createClient({ clock, transport: SILENT, log: () => {}, ...limits });
  endAfter(t, client, clock);
  let calls = 0;
  client.subscribe(({ kind }) => {
    if (kind !== 'dropped') return;
    calls++;
    client.record(span('lost'));
  });
  for (let i = 0; i < 3; i++) client.record(span('lost'));
  for (let seconds = 1; seconds <= 3; seconds++) {
    await clock.advance(1_000);
    assert.equal(calls, seconds);
  }
});

test('a logged line counts the losses since the previous one', async (t) => {
  const sink = await startSink(t);
  const clock = createManualClock();
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const client = createClient({ endpoint: sink.url, clock, log, queue: { maxItems: 2 }, batch: { maxItems: 2 } });
  const partial: Outcome = { kind: 'partial', rejectedItems: 1, reason: 'too old' };
  const sendFive = async (response: Outcome) => {
    sink.handler.response = () => response;
    for (let i = 0; i < 5; i++) client.record(span('x'));
    await client.flush();
    await clock.advance(60_000);
  };
  // The first line logged each minute reports what the server rejected.
  await sendFive(partial);
  await sendFive(partial);
  await sendFive(ACCEPTED);
  await client.shutdown();
  assert.deepEqual(
    lines.map((line) => /rejected|lost \d+/.exec(line)?.[0]),
    ['rejected', 'rejected', 'lost 9'],
  );
});

test('a log function that throws has no effect', async (t) => {
  const clock = createManualClock();
  const log = () => assert.fail('no console');
  const client = createClient({ clock, transport: SILENT, log, queue: { maxItems: 1 }, batch: { maxItems: 1 } });
  endAfter(t, client, clock);
  client.record(span('queued'));
  client.record(span('lost'));
  await clock.advance(1_000);
  assert.equal(client.health.traces?.droppedItems.queue_full, 1);
});

const failing = (error: Error) => Promise.reject<Attributes>(error);
const RESOURCES: Readonly<Record<string, () => Promise<Attributes>>> = {
  'that rejects, long before anything is sent': () => failing(new Error('no metadata server')),
  'whose attributes throw when they are read': () =>
    Promise.resolve({
      get 'host.name'(): string {
        throw new Error('no host');
      },
    }),
};
for (const [name, make] of Object.entries(RESOURCES)) {
  test(`a resource ${name} is ignored and does not crash the program`, async (t) => {
    const rejections = watchRejections(t);
    const sink = await startSink(t);
    const client = createClient({ endpoint: sink.url, resource: make() });
    for (let i = 0; i < 3; i++) await turn();
    const provider = new TracerProvider({ client, resource: make() });
    provider.getTracer('x').startSpan('a').end();
    await provider.shutdown();
    await turn();
    assert.equal(sink.spans().length, 1);
    assert.deepEqual(rejections, []);
  });
}

const TRANSPORTS: Readonly<Record<string, NonNullable<ClientOptions['transport']>>> = {
  rejects: {
    export: () => Promise.reject(new Error('no chunk')),
    shutdown: () => Promise.reject(new Error('no chunk')),
  },
  throws: {
    export: () => {
      throw new Error('no chunk');
    },
    shutdown: () => {
      throw new Error('no chunk');
    },
  },
};
for (const [how, transport] of Object.entries(TRANSPORTS)) {
  test(`a transport that ${how} is retried, its losses are counted, and shutdown completes`, async (t) => {
    const rejections = watchRejections(t);
    const lines: string[] = [];
    const retry = { initialIntervalMillis: 1, maxIntervalMillis: 1, maxElapsedMillis: 20 };
    const client = createClient({ transport, retry, log: (line) => lines.push(line) });
    client.record(span('a'));
    const outcome = await client.send(span('b'));
    assert.ok(outcome.kind === 'refused' && /the transport threw: Error: no chunk/.test(outcome.reason));
    assert.deepEqual(await client.shutdown(), { kind: 'flushed' });
    assert.equal(client.health.traces?.droppedItems.retries_exhausted, 2);
    assert.ok((client.health.traces?.retries ?? 0) > 0);
    await turn();
    assert.deepEqual(rejections, []);
  });
}

for (const [when, resource] of [
  ['at once', { 'service.name': 'a' }],
  ['later', new Promise<Attributes>((resolve) => setImmediate(resolve, { 'service.name': 'a' }))],
] as const) {
  test(`telemetry sent just before the shutdown arrives, with a resource that is resolved ${when}`, async (t) => {
    const sink = await startSink(t);
    const client = createClient({ endpoint: sink.url, resource });
    const sent = client.send(span('last'));
    assert.deepEqual(await client.shutdown(), { kind: 'flushed' });
    assert.deepEqual(await sent, ACCEPTED);
    assert.equal(sink.spans().length, 1);
  });
}

test('counts telemetry sent after the shutdown', async () => {
  const client = createClient();
  await client.shutdown();
  assert.deepEqual(await client.send(span('late')), { kind: 'refused', reason: 'the client has been shut down' });
  client.record(span('late'));
  assert.deepEqual(
    [client.health.traces?.droppedItems.shutdown, client.health.traces?.droppedItems.queue_full],
    [2, 0],
  );
});

test('a flush without a timeout waits for the response', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  t.after(() => client.shutdown());
  const { promise, resolve } = Promise.withResolvers<typeof ACCEPTED>();
  sink.handler.response = () => promise;
  client.record(span('a'));
  const flushed = client.flush(Number.POSITIVE_INFINITY);
  await sink.handler.untilRequests(1);
  setTimeout(resolve, 5, ACCEPTED);
  assert.deepEqual(await flushed, { kind: 'flushed' });
});

test('caps rejected items at the number of sent items', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url, log: () => {} });
  t.after(() => client.shutdown());
  sink.handler.response = () => ({ kind: 'partial', rejectedItems: 99, reason: 'all bad' });
  await client.send([span('a'), span('b')]);
  assert.deepEqual([client.health.traces?.sentItems, client.health.traces?.rejectedItems], [0, 2]);
});

const INVALID_RESPONSES: Readonly<Record<string, readonly [status: number, body: unknown, outcome: Outcome]>> = {
  'an invalid number of rejected items': [200, { partialSuccess: { rejectedSpans: {} } }, ACCEPTED],
  'an invalid message': [400, { message: { a: 1 } }, responseOutcome(400)],
  nothing: [400, null, responseOutcome(400)],
};
for (const [name, [status, body, outcome]] of Object.entries(INVALID_RESPONSES)) {
  test(`tolerates a JSON response with ${name}, also in browsers`, async (t) => {
    const server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const client = createBrowserClient({ endpoint: `http://127.0.0.1:${port}`, protocol: 'http/json', log: () => {} });
    assert.deepEqual(await client.send(span('a')), outcome);
    await client.shutdown();
  });
}
