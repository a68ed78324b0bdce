import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  createClient,
  filterDataPoints,
  filterLogRecords,
  filterSpans,
  type ItemFunction,
  LoggerProvider,
  MeterProvider,
  mapLogRecords,
  mapSpans,
  TracerProvider,
} from '../node.ts';
import { startSink } from '../sink.testing.ts';

async function setUp(t: TestContext) {
  const sink = await startSink(t);
  const lines: string[] = [];
  const client = createClient({ endpoint: sink.url, log: (line) => lines.push(line) });
  t.after(() => client.shutdown(0));
  return { sink, client, lines };
}

test('processors filter and modify spans in order', async (t) => {
  const { sink, client } = await setUp(t);
  const processors = [
    filterSpans((span) => span.name !== 'GET /healthz'),
    mapSpans((span) => span.attributes.set('deployment', 'blue')),
    mapSpans((span) => {
      if (span.attributes.get('deployment') === 'blue') span.name = 'GET /cart/:id';
    }),
  ];
  const provider = new TracerProvider({ client, processors });
  const tracer = provider.getTracer('shop');
  tracer.startSpan('GET /healthz').end();
  tracer.startSpan('GET /cart/7', { attributes: { 'app.user.id': 'ada' } }).end();
  new TracerProvider({ client }).getTracer('other').startSpan('GET /healthz').end();
  await provider.forceFlush();
  assert.deepEqual(
    sink.scopes().map(({ scope, items }) => [scope['name'], items.map(({ name }) => name)]),
    [
      ['shop', ['GET /cart/:id']],
      ['other', ['GET /healthz']],
    ],
  );
  assert.deepEqual(sink.spans()[0]?.['attributes'], [
    { key: 'app.user.id', value: { stringValue: 'ada' } },
    { key: 'deployment', value: { stringValue: 'blue' } },
  ]);
  const { sentItems, queuedItems, queuedBytes } = client.health.traces ?? {};
  assert.deepEqual({ sentItems, queuedItems, queuedBytes }, { sentItems: 2, queuedItems: 0, queuedBytes: 0 });
});

test('processors apply to log records and data points too', async (t) => {
  const { sink, client } = await setUp(t);
  const logs = new LoggerProvider({
    client,
    processors: [
      filterLogRecords((record) => record.severityNumber >= 9),
      mapLogRecords((record) => record.attributes.delete('password')),
    ],
  });
  const logger = logs.getLogger('shop');
  logger.emit({ severityNumber: 5, body: 'cache is cold' });
  logger.emit({ severityNumber: 9, body: 'signed in', attributes: { user: 'ada', password: 'secret' } });
  const meters = new MeterProvider({
    client,
    processors: [filterDataPoints((point) => point.attributes.get('tenant') !== 'test')],
  });
  const counter = meters.getMeter('shop').createCounter('orders');
  counter.add(1, { tenant: 'test' });
  counter.add(2, { tenant: 'a' });
  await meters.forceFlush();
  await logs.forceFlush();
  assert.deepEqual(
    sink.logs().map(({ body, attributes }) => [body?.stringValue, attributes]),
    [['signed in', [{ key: 'user', value: { stringValue: 'ada' } }]]],
  );
  const [orders] = sink.metrics();
  assert.deepEqual(
    orders?.sum?.dataPoints.map(({ asInt, asDouble }) => asInt ?? asDouble),
    [2],
  );
});

test('sends nothing if all items are filtered out', async (t) => {
  const { sink, client } = await setUp(t);
  const provider = new TracerProvider({
    client,
    processors: [filterSpans(() => false), mapSpans(() => assert.fail())],
  });
  provider.getTracer('shop').startSpan('a').end();
  assert.deepEqual(await provider.forceFlush(), { kind: 'flushed' });
  assert.equal(sink.handler.requests.length, 0);
  assert.equal(client.health.traces?.sentItems, 0);
});

test('drops, counts and logs the items of a processor that throws, and sends the rest', async (t) => {
  const { sink, client, lines } = await setUp(t);
  const redact = mapSpans(() => {
    throw new Error('no key to hide with');
  });
  const provider = new TracerProvider({ client, processors: [redact] });
  provider.getTracer('shop').startSpan('secret').end();
  provider.getTracer('shop').startSpan('secret').end();
  new TracerProvider({ client }).getTracer('other').startSpan('plain').end();
  await client.flush();
  assert.deepEqual(
    sink.spans().map(({ name }) => name),
    ['plain'],
  );
  const { sentItems, droppedItems } = client.health.traces ?? {};
  assert.deepEqual([sentItems, droppedItems?.processing_failed], [1, 2]);
  assert.match(lines[0] ?? '', /lost 2 items since the last report: processor threw: Error: no key to hide with/);
});

test('rejects a processor of another signal', async (t) => {
  const { sink, client, lines } = await setUp(t);
  const processors = [filterLogRecords(() => true)] as readonly ItemFunction[] as readonly ItemFunction<'traces'>[];
  new TracerProvider({ client, processors }).getTracer('shop').startSpan('a').end();
  await client.flush();
  assert.equal(sink.handler.requests.length, 0);
  assert.match(lines[0] ?? '', /expected a processor for traces, got one for logs/);
});
