import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { ACCEPTED } from '@otelier/otlp';
import { type ClientOptions, createClient, span } from '../node.ts';
import { responseOutcome, type Sink, startSink } from '../sink.testing.ts';

async function setUp(
  t: TestContext,
  options: ClientOptions = {},
): Promise<{ sink: Sink; client: ReturnType<typeof createClient> }> {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url, resource: { 'service.name': 'shop' }, ...options });
  t.after(() => client.shutdown(0));
  return { sink, client };
}

test('spans created without an SDK arrive unchanged', async (t) => {
  const { sink, client } = await setUp(t);
  const parent = span('GET /cart').kind('server').start([10, 0]).end([12, 5]).ok();
  const child = span('query')
    .parent(parent.context)
    .attributes({ 'db.system': 'postgresql', bad: () => {} })
    .attribute('rows', 3)
    .event('sent', { bytes: 10 }, [11, 0])
    .link({ context: { ...parent.context, isRemote: true } })
    .failed('time-out')
    .start([10, 1])
    .end([11, 1]);
  client.record(child, { name: 'shop', version: '2' });
  client.record(parent, { name: 'shop', version: '2' });
  assert.deepEqual(await client.flush(), { kind: 'flushed' });
  assert.deepEqual(sink.scopes(), [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scope: { name: 'shop', version: '2' },
      items: [
        {
          traceId: parent.context.traceId,
          spanId: child.context.spanId,
          parentSpanId: parent.context.spanId,
          name: 'query',
          kind: 1,
          flags: 0x101,
          droppedAttributesCount: 1,
          status: { code: 2, message: 'time-out' },
          startTimeUnixNano: '10000000001',
          endTimeUnixNano: '11000000001',
          attributes: [
            { key: 'db.system', value: { stringValue: 'postgresql' } },
            { key: 'rows', value: { intValue: '3' } },
          ],
          events: [
            { timeUnixNano: '11000000000', name: 'sent', attributes: [{ key: 'bytes', value: { intValue: '10' } }] },
          ],
          links: [{ traceId: parent.context.traceId, spanId: parent.context.spanId, flags: 0x301 }],
        },
        {
          traceId: parent.context.traceId,
          spanId: parent.context.spanId,
          name: 'GET /cart',
          kind: 2,
          flags: 0x101,
          startTimeUnixNano: '10000000000',
          endTimeUnixNano: '12000000005',
          status: { code: 1 },
        },
      ],
    },
  ]);
});

test('send resolves with the response of the server', async (t) => {
  const { sink, client } = await setUp(t);
  assert.deepEqual(await client.send(span('a')), ACCEPTED);
  sink.handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'too old' });
  assert.deepEqual(await client.send([span('b'), span('c')]), { kind: 'partial', rejectedItems: 1, reason: 'too old' });
  sink.handler.response = () => ({ kind: 'refused', reason: 'no' });
  assert.deepEqual(await client.send(span('d')), responseOutcome(400, 'no'));
  assert.deepEqual(
    sink.spans().map(({ name }) => name),
    ['a', 'b', 'c', 'd'],
  );
});

test('awaiting a flush keeps the process alive; queued telemetry alone does not', async () => {
  const record = `import { createClient, span } from '@otelier/sdk';
    const client = createClient({ endpoint: 'http://127.0.0.1:1', log() {} });
    client.record(span('never sent'));`;
  const flush = `console.log(await client.flush(200)); console.log(await client.shutdown(0));`;
  const run = (program: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname });
  const [waiting, leaving] = await Promise.all([run(record + flush), run(record)]);
  assert.equal(waiting.stdout, "{ kind: 'timed_out', pendingItems: 1 }\n{ kind: 'flushed' }\n");
  assert.equal(leaving.stdout, '');
});

test('send waits for capacity in order, and is never dropped', async (t) => {
  const queue = { maxItems: 2, dropPolicy: 'oldest', maxConcurrentRequests: 1 } as const;
  const { sink, client } = await setUp(t, { queue });
  const { promise, resolve } = Promise.withResolvers<void>();
  sink.handler.response = () => promise.then(() => ACCEPTED);
  const sent = ['a', 'b', 'c', 'd'].map((name) => client.send(span(name)));
  await sink.handler.untilRequests(1);
  client.record(span('queue full'));
  assert.equal(client.health.traces?.droppedItems.queue_full, 1);
  assert.equal(client.health.traces?.queuedItems, 2);
  resolve();
  assert.deepEqual(await Promise.all(sent), [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED]);
  assert.deepEqual(
    sink.spans().map(({ name }) => name),
    ['a', 'b', 'c', 'd'],
  );
});

test('every request has credentials and headers', async (t) => {
  const auth = { kind: 'basic', username: 'ü', password: 'p' } as const;
  const { sink, client } = await setUp(t, { auth, headers: { 'x-tenant': 'a' } });
  await client.send(span('a'));
  const { authorization, 'x-tenant': tenant } = sink.handler.requests[0]?.headers ?? {};
  assert.deepEqual([authorization, tenant], [`Basic ${Buffer.from('ü:p').toString('base64')}`, 'a']);
});

test('sending waits for the resource, and failed detection adds nothing', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  const { sink, client } = await setUp(t, { resource: promise });
  client.record(span('a'));
  const flushed = client.flush();
  resolve({ 'host.name': 'late' });
  await flushed;
  assert.deepEqual(sink.scopes()[0]?.resource, { attributes: [{ key: 'host.name', value: { stringValue: 'late' } }] });
  const failing = createClient({ endpoint: sink.url, resource: Promise.reject(new Error('no metadata service')) });
  t.after(() => failing.shutdown(0));
  assert.deepEqual(await failing.send(span('b')), ACCEPTED);
  assert.deepEqual(sink.scopes()[1]?.resource, {});
});
