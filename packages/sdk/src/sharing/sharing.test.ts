import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import {
  type Client,
  type ClientOptions,
  createClient,
  remoteClient,
  type SignalHealth,
  serveClient,
  span,
} from '../node.ts';
import { responseOutcome, type Sink, startSink } from '../sink.testing.ts';
import type { Task } from './remote-program.testing.ts';

type Health = Partial<Record<'traces' | 'metrics' | 'logs', SignalHealth>>;

async function setUp(t: TestContext, options: ClientOptions = {}): Promise<{ sink: Sink; client: Client }> {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url, resource: { 'service.name': 'main' }, log: () => {}, ...options });
  t.after(() => client.shutdown(0));
  return { sink, client };
}

/** Starts a thread whose client uses the other end of a served port. */
function startThread(t: TestContext, client: Client, task: Omit<Task, 'port'>): Worker {
  const { port1, port2 } = new MessageChannel();
  serveClient(client, port1);
  const workerData = { port: port2, ...task };
  const worker = new Worker(new URL('./remote-program.testing.ts', import.meta.url), {
    workerData,
    transferList: [port2 as unknown as ArrayBuffer],
  });
  t.after(() => worker.terminate());
  return worker;
}

async function resultOf<T>(worker: Worker): Promise<T> {
  const [message] = await once(worker, 'message');
  return message as T;
}

function serviceOf({ resource }: { readonly resource: Readonly<Record<string, unknown>> }): unknown {
  const attributes = resource['attributes'] as readonly { key: string; value: { stringValue?: string } }[];
  return attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
}

test("providers of a thread send all signals through another thread's client, with their own resource", async (t) => {
  const { sink, client } = await setUp(t);
  const health = await resultOf<Health>(startThread(t, client, { program: 'providers' }));
  client.record(span('in main'));
  await client.flush();
  assert.deepEqual(
    sink.scopes().map((scope) => [serviceOf(scope), scope.items.map(({ name }) => name)]),
    [
      ['worker', ['GET /cart']],
      ['main', ['in main']],
    ],
  );
  assert.deepEqual([sink.metrics()[0]?.name, sink.logs()[0]?.body], ['requests', { stringValue: 'no price' }]);
  assert.deepEqual([health.traces?.sentItems, health.metrics?.sentItems, health.logs?.sentItems], [1, 1, 1]);
  // The shared client's counts include the requests of remote clients.
  assert.deepEqual([client.health.traces?.sentItems, client.health.traces?.queuedItems], [2, 0]);
});

test('a thread receives the responses to its requests', async (t) => {
  const { sink, client } = await setUp(t);
  const responses: Outcome[] = [
    ACCEPTED,
    { kind: 'partial', rejectedItems: 1, reason: 'too old' },
    { kind: 'refused', reason: 'no such tenant' },
  ];
  sink.handler.response = () => responses.shift() ?? ACCEPTED;
  const [outcomes, health] = await resultOf<[unknown, Health]>(startThread(t, client, { program: 'sends' }));
  assert.deepEqual(outcomes, [
    ACCEPTED,
    { kind: 'partial', rejectedItems: 1, reason: 'too old' },
    responseOutcome(400, 'no such tenant'),
  ]);
  assert.deepEqual(
    [health.traces?.sentItems, health.traces?.rejectedItems, health.logs?.droppedItems.refused],
    [2, 1, 1],
  );
});

test('a thread that exits on its own loses nothing, even without a flush', async (t) => {
  const { sink, client } = await setUp(t);
  const worker = startThread(t, client, { program: 'endsByItself', options: { batch: { maxItems: 5 } } });
  const [code] = await once(worker, 'exit');
  assert.equal(code, 0);
  await client.flush();
  assert.equal(sink.spans().length, 100);
});

test('queues of both threads are bounded while the server does not respond', async (t) => {
  const { sink, client } = await setUp(t, {
    queue: { maxItems: 250, maxConcurrentRequests: 1 },
    batch: { maxItems: 50 },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  sink.handler.response = () => promise.then(() => ACCEPTED);
  const options = { queue: { maxItems: 1_000 }, batch: { maxItems: 100 } };
  const worker = startThread(t, client, { program: 'overflows', options });
  const stalled = await resultOf<Health>(worker);
  assert.deepEqual([stalled.traces?.queuedItems, stalled.traces?.droppedItems.queue_full], [1_000, 4_000]);
  // Two of the four requests in flight fit into the shared client's queue.
  assert.equal(client.health.traces?.queuedItems, 200);
  resolve();
  const { traces } = await resultOf<Health>(worker);
  assert.deepEqual([traces?.sentItems, traces?.queuedItems], [1_000, 0]);
  assert.equal(sink.spans().length, 1_000);
  assert.equal(client.health.traces?.droppedItems.queue_full, 0);
});

test('a terminated thread loses only requests that it had not sent to the other thread', async (t) => {
  const { sink, client } = await setUp(t);
  const worker = startThread(t, client, { program: 'goesOn' });
  await sink.handler.untilRequests(3);
  await worker.terminate();
  assert.deepEqual(await client.send(span('in main')), ACCEPTED);
  assert.deepEqual(await client.flush(), { kind: 'flushed' });
  const { sentItems = 0, queuedItems } = client.health.traces ?? {};
  assert.equal(queuedItems, 0);
  assert.equal(sink.spans().length, sentItems);
});

test('requests are rejected after the shutdown of the shared client', async (t) => {
  const { client } = await setUp(t);
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  serveClient(client, port1);
  const remote = remoteClient(port2, { log: () => {} });
  t.after(() => remote.shutdown(0));
  await client.shutdown();
  const outcome = await remote.send(span('a'));
  assert.equal(outcome.kind, 'refused');
  assert.match(outcome.kind === 'refused' ? outcome.reason : '', /the client has been shut down/);
});

test('requests are rejected when the port is closed, including those in flight', async (t) => {
  const { sink, client } = await setUp(t);
  sink.handler.response = () => new Promise(() => {});
  const { port1, port2 } = new MessageChannel();
  serveClient(client, port1);
  const remote = remoteClient(port2, { log: () => {} });
  t.after(() => remote.shutdown(0));
  const onItsWay = remote.send(span('a'));
  await sink.handler.untilRequests(1);
  port1.close();
  const refused = { kind: 'refused', reason: 'the port to the serving thread is closed' };
  assert.deepEqual(await onItsWay, refused);
  assert.deepEqual(await remote.send(span('b')), refused);
});

test('a shutdown timeout drops requests without a reply from the other thread', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const remote = remoteClient(port2, { log: () => {} });
  remote.record(span('a'));
  assert.deepEqual(await remote.shutdown(10), { kind: 'timed_out', pendingItems: 1 });
  assert.equal(remote.health.traces?.droppedItems.shutdown, 1);
});

test('ignores messages of the program on the same port', async (t) => {
  const { sink, client } = await setUp(t);
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  serveClient(client, port1);
  const remotes = [remoteClient(port2), remoteClient(port2)];
  for (const message of ['text', undefined, { kind: 'other' }]) port2.postMessage(message);
  const outcomes = await Promise.all(remotes.map((remote, i) => remote.send(span(`from ${i}`))));
  assert.deepEqual(outcomes, [ACCEPTED, ACCEPTED]);
  assert.equal(sink.spans().length, 2);
  for (const remote of remotes) await remote.shutdown();
});

test('ports do not keep the process alive', async (t) => {
  const sink = await startSink(t);
  const program = `
    import { createClient, remoteClient, serveClient, span } from ${JSON.stringify(import.meta.resolve('../node.ts'))};
    const { port1, port2 } = new MessageChannel();
    serveClient(createClient({ endpoint: '${sink.url}' }), port1);
    const remote = remoteClient(port2);
    await remote.send(span('a'));
    remote.record(span('last'));`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 120_000 });
  assert.deepEqual(
    sink.spans().map(({ name }) => name),
    ['a', 'last'],
  );
});

test('invalid messages are rejected, and affect neither the thread nor the counts', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  t.after(() => client.shutdown());
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  serveClient(client, port1);
  const request = { kind: 'otelier.request', id: 1, signal: 'traces', itemCount: 1 };
  const responses: unknown[] = [];
  const wrong = [
    request,
    { ...request, signal: 'smells', bytes: new Uint8Array() },
    { ...request, itemCount: -5, bytes: new Uint8Array() },
  ];
  await new Promise<void>((resolve) => {
    port2.addEventListener('message', ({ data }) => {
      if (responses.push(data.outcome.kind) === wrong.length) resolve();
    });
    port2.start();
    for (const message of wrong) port2.postMessage(message);
  });
  assert.deepEqual(responses, ['refused', 'refused', 'refused']);
  assert.deepEqual(client.health, {});
});
