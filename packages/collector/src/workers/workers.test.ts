import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Batch, forEachItem, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { collected, inlet, replying } from './registry.testing.ts';
import { OTLP, spans, startWorkers, until } from './service.testing.ts';

beforeEach(() => {
  collected.length = 0;
  replying.reply = () => ({ kind: 'accepted' });
});

const PIPELINE = `
receivers: {${OTLP}}
processors: {stamp: {}}
exporters: {collect: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [stamp], exporters: [collect]}}}`;

const threadOf = ({ context }: Batch, id = 'stamp') => context.metadata[id]?.[0];
const countOf = (batches: readonly Batch[]) => batches.reduce((sum, { itemCount }) => sum + itemCount, 0);

test('shares one address among workers and merges their counts and drains', async (t) => {
  const { service, clients } = await startWorkers(t, PIPELINE);
  assert.equal(service.host.endpoints().length, 1);
  const outcomes = await Promise.all(clients(16).map((client) => client.export('traces', [spans([1, 'a'], [2, 'b'])])));
  assert.ok(outcomes.every(({ kind }) => kind === 'accepted'));
  assert.equal(countOf(collected), 32);
  assert.equal(new Set(collected.map((batch) => threadOf(batch))).size, 2);
  assert.deepEqual(collected[0]?.context.tenant, 'default');

  const report = await service.drain();
  assert.equal(report.lostItems, 0);
  const { nodes, edges, process } = service.graph();
  assert.deepEqual(
    nodes.map(({ id }) => id),
    ['exporter:traces:collect', 'processor:traces/stamp', 'receiver:otlp'],
  );
  assert.deepEqual(
    edges.map(({ to, items, batches }) => [to, items, batches]),
    [
      ['exporter:traces:collect', 32, 16],
      ['processor:traces/stamp', 32, 16],
    ],
  );
  assert.equal(process.workerCpuCores?.length, 2);
});

test('returns the outcome of an exporter in the main thread to senders', async (t) => {
  const { clients } = await startWorkers(t, PIPELINE);
  const [client] = clients(1);
  for (const outcome of [
    { kind: 'partial', rejectedItems: 1, reason: 'too old' },
    { kind: 'retry', afterMillis: 3000, reason: 'the disk is full' },
    { kind: 'refused', reason: 'not of this world' },
    { kind: 'accepted' },
  ] satisfies Outcome[]) {
    replying.reply = () => outcome;
    const received = await client?.export('traces', [spans([1, 'a'])]);
    assert.ok(received);
    if (received.kind === 'accepted' || outcome.kind === 'accepted') assert.equal(received.kind, outcome.kind);
    else assert.deepEqual({ ...received, reason: received.reason.replace(/^.* \d+: /, '') }, outcome);
  }
  replying.reply = () => {
    throw new Error('a bug');
  };
  assert.equal((await client?.export('traces', [spans([1, 'a'])]))?.kind, 'refused');
});

test('runs a receiver that can exist only once in the main thread, with its own pipelines', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    PIPELINE.replace('otlp:', 'inlet: {}, otlp:').replace('[otlp]', '[otlp, inlet]'),
  );
  assert.deepEqual(await inlet.next?.consume(sampleBatch('traces', 3)), { kind: 'accepted' });
  assert.equal(threadOf(collected[0] as Batch), '0');
  await clients(1)[0]?.export('traces', [spans([1, 'a'])]);
  await service.drain();
  const into = service.graph().edges.filter(({ to }) => to === 'exporter:traces:collect');
  assert.deepEqual(
    into.map(({ items }) => items),
    [4],
  );
});

test('sends all spans of a trace to one thread, wherever they were received', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {inlet: {}, ${OTLP}}
processors: {stamp: {}, meet: {}}
exporters: {collect: {}}
service: {pipelines: {traces: {receivers: [otlp, inlet], processors: [stamp, meet], exporters: [collect]}}}`,
  );
  const traces = Array.from({ length: 20 }, (_, trace) => [trace + 1, 'x'] as const);
  const request = spans(...traces);
  const sent = await Promise.all(clients(8).map((client) => client.export('traces', [request])));
  assert.ok(sent.every(({ kind }) => kind === 'accepted'));
  const batch = { ...sampleBatch('traces'), parts: [request], itemCount: traces.length, sizeBytes: request.length };
  assert.deepEqual(await inlet.next?.consume(batch), { kind: 'accepted' });

  assert.equal(countOf(collected), 9 * traces.length);
  const home = new Map<string, string | undefined>();
  for (const arrived of collected) {
    for (const part of arrived.parts) {
      forEachItem('traces', part, ({ bytes, start, end }) => {
        const item = Buffer.from(bytes.subarray(start, end)).toString('hex');
        assert.equal(home.get(item) ?? threadOf(arrived, 'meet'), threadOf(arrived, 'meet'));
        home.set(item, threadOf(arrived, 'meet'));
      });
    }
  }
  assert.equal(home.size, traces.length);
  assert.equal(new Set(home.values()).size, 2);
  assert.ok(!home.has('0'), 'nothing meets in the main thread');
  const crossed = collected.filter((each) => threadOf(each) !== threadOf(each, 'meet'));
  assert.ok(crossed.length > 0);
  await service.drain();
  for (const node of ['processor:traces/stamp', 'processor:traces/meet', 'exporter:traces:collect']) {
    const into = service.graph().edges.filter(({ to }) => to === node);
    assert.equal(
      into.reduce((sum, { items }) => sum + items, 0),
      180,
      node,
    );
  }
});

test('sends all items of a resource to one thread, whatever the order of its attributes', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {inlet: {}, ${OTLP}}
processors: {meet_by_resource: {}}
exporters: {collect: {}}
service: {pipelines: {traces: {receivers: [otlp, inlet], processors: [meet_by_resource], exporters: [collect]}}}`,
  );
  const request = (rotation: number) =>
    encodeRequest('traces', {
      resourceSpans: Array.from({ length: 20 }, (_, resource) => {
        const attributes = [
          { key: 'service.name', value: { stringValue: `service-${resource}` } },
          { key: 'host.id', value: { intValue: `${resource}` } },
          { key: 'labels', value: { kvlistValue: { values: [{ key: `${rotation}`, value: {} }] } } },
        ];
        const rotated = attributes.map((_, index) => attributes[(index + rotation) % 3]);
        return { resource: { attributes: rotated }, scopeSpans: [{ spans: [{ name: `service-${resource}.` }] }] };
      }),
    });
  const requests = [0, 1, 2].map(request);
  await Promise.all(
    requests.flatMap((each) => clients(3).map(async (client) => assert.ok(await client.export('traces', [each])))),
  );
  const parts = [request(1)];
  await inlet.next?.consume({ ...sampleBatch('traces'), parts, itemCount: 20, sizeBytes: parts[0]?.length ?? 0 });
  const home = new Map<string, string | undefined>();
  for (const arrived of collected) {
    const thread = threadOf(arrived, 'meet_by_resource');
    for (const [name] of Buffer.concat(arrived.parts)
      .toString('latin1')
      .matchAll(/service-\d+\./g)) {
      assert.equal(home.get(name) ?? thread, thread);
      home.set(name, thread);
    }
  }
  assert.equal(countOf(collected), 200);
  assert.equal(home.size, 20);
  assert.equal(new Set(home.values()).size, 2);
  await service.drain();
});

test('passes batches of all workers to a listener until it unsubscribes', async (t) => {
  const { service, clients } = await startWorkers(t, PIPELINE);
  const outside: Batch[] = [];
  const inside: Batch[] = [];
  const stops = [
    service.host.subscribe({ signal: 'traces' }, (batch) => outside.push(batch)),
    service.host.subscribe({ signal: 'traces', into: 'collect' }, (batch) => inside.push(batch)),
    service.host.subscribe({ signal: 'logs' }, () => assert.fail('expected no logs')),
  ];
  // The kernel distributes the connections: that one thread gets all of 20 happens once in 500,000 runs.
  const all = clients(20);
  const send = () => Promise.all(all.map((client) => client.export('traces', [spans([1, 'a'])])));
  await send();
  await until('all were shown', () => outside.length === 20 && inside.length === 20);
  assert.ok(outside.every((batch) => threadOf(batch) === undefined));
  assert.equal(new Set(inside.map((batch) => threadOf(batch))).size, 2);
  for (const stop of stops) stop();
  await send();
  await service.drain();
  assert.equal(outside.length, 20);
});

test('keeps the memory of all threads below one limit', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    PIPELINE.replace('service: {', 'service: {memory: {limit: 400KB}, '),
  );
  const release = Promise.withResolvers<Outcome>();
  replying.reply = () => release.promise;
  const request = spans(...Array.from({ length: 1000 }, (_, n) => [n, 'a name of some length'] as const));
  const sent = clients(16).map((client) => client.export('traces', [request]));
  const refused = await Promise.any(sent);
  assert.equal(refused.kind, 'retry');
  const { admission } = service.graph();
  assert.ok(admission.inFlightBytes > request.length && admission.inFlightBytes <= admission.limitBytes);
  await until('some are held', () => collected.length > 0);
  release.resolve({ kind: 'accepted' });
  const outcomes = await Promise.all(sent);
  assert.equal(outcomes.filter(({ kind }) => kind === 'accepted').length, collected.length);
  await until('all memory is given back', () => service.graph().admission.inFlightBytes === 0);
});

test('makes clients of an overloaded worker reconnect', async (t) => {
  const clock = createManualClock();
  const { clients } = await startWorkers(t, PIPELINE, clock);
  const request = spans(...Array.from({ length: 3000 }, (_, n) => [n, 'x'.repeat(100)] as const));
  // Clients whose connections the kernel assigned to the same worker.
  const together: { readonly client: ReturnType<typeof clients>[number]; thread: string | undefined }[] = [];
  while (together.length < 4) {
    const [client] = clients(1);
    assert.ok(client);
    await client.export('traces', [request]);
    const thread = threadOf(collected.at(-1) as Batch);
    if (together.length === 0 || together[0]?.thread === thread) together.push({ client, thread });
  }
  const first = together[0]?.thread;
  await until('one has found the other worker', async () => {
    for (const { client } of together) assert.equal((await client.export('traces', [request])).kind, 'accepted');
    await clock.advance(1000);
    return collected.slice(-4).some((batch) => threadOf(batch) !== first);
  });
});
