import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Link, LogRecord, Span } from '@opentelemetry/api';
import {
  type Client,
  createClient,
  LoggerProvider,
  log,
  MeterProvider,
  type SpanObserver,
  span,
  TracerProvider,
} from './node.ts';
import { type Sink, startSink } from './sink.testing.ts';

async function setUp(t: TestContext): Promise<{ sink: Sink; client: Client }> {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url, log: () => {} });
  t.after(() => client.shutdown());
  return { sink, client };
}

describe('items that cannot be encoded are counted and do not affect others', () => {
  const SPANS: Readonly<Record<string, (span: Span) => void>> = {
    'a link without a context': (span) => span.addLink({} as Link),
    'a link whose ids are numbers': (span) => span.addLink({ context: { traceId: 1, spanId: 2 } } as unknown as Link),
    'a link whose trace state throws': (span) => {
      const traceState = { serialize: () => assert.fail('no trace state') };
      const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, traceState };
      span.addLink({ context } as unknown as Link);
    },
    'a status that is a BigInt': (span) => span.setStatus({ code: 2n as unknown as number }),
  };
  for (const [name, make] of Object.entries(SPANS)) {
    test(`spans: ${name}`, async (t) => {
      const { sink, client } = await setUp(t);
      const tracer = new TracerProvider({ client }).getTracer('x');
      tracer.startSpan('before').end();
      const bad = tracer.startSpan('bad');
      make(bad);
      bad.end();
      tracer.startSpan('after').end();
      await client.flush();
      assert.deepEqual(
        sink.spans().map((seen) => seen.name),
        ['before', 'after'],
      );
      assert.equal(client.health.traces?.droppedItems.processing_failed, 1);
      assert.equal(client.health.traces?.sentItems, 2);
    });
  }

  const RECORDS: Readonly<Record<string, unknown>> = {
    'a severity text that is a number': { severityText: 30 },
    'the name of an event that is an object': { eventName: { name: 'x' } },
    'a severity that is a BigInt': { severityNumber: 9n },
  };
  for (const [name, record] of Object.entries(RECORDS)) {
    test(`log records: ${name}`, async (t) => {
      const { sink, client } = await setUp(t);
      const logger = new LoggerProvider({ client }).getLogger('x');
      logger.emit({ body: 'before' });
      logger.emit(record as LogRecord);
      logger.emit({ body: 'after' });
      await client.flush();
      assert.deepEqual(
        sink.logs().map(({ body }) => body?.stringValue),
        ['before', 'after'],
      );
      assert.equal(client.health.logs?.droppedItems.processing_failed, 1);
    });
  }

  test('items of a client', async (t) => {
    const { sink, client } = await setUp(t);
    client.record(log('before'));
    client.record(log('bad').severity(9, 30 as unknown as string));
    client.record(span(undefined as unknown as string));
    client.record(log('after'));
    await client.flush();
    assert.equal(sink.logs().length, 2);
    const { logs, traces } = client.health;
    assert.deepEqual([logs?.droppedItems.processing_failed, traces?.droppedItems.processing_failed], [1, 1]);
  });
});

test('scopes and instruments convert values to strings', async (t) => {
  const { sink, client } = await setUp(t);
  new TracerProvider({ client })
    .getTracer('x', 7 as unknown as string)
    .startSpan('a')
    .end();
  const attributes = { big: 7n, ok: 1 };
  new LoggerProvider({ client }).getLogger('x', '1', { attributes } as object).emit({ body: 'b' });
  const meters = new MeterProvider({ client });
  meters
    .getMeter('x')
    .createCounter('c', { description: 7 as unknown as string, unit: 8 as unknown as string })
    .add(1);
  await meters.forceFlush();
  assert.deepEqual(sink.scopes()[0]?.scope, { name: 'x', version: '7' });
  assert.equal(sink.logs().length, 1);
  assert.deepEqual([sink.metrics()[0]?.description, sink.metrics()[0]?.unit], ['7', '8']);
});

test('an observer that throws affects neither the program nor other observers', async (t) => {
  const { sink, client } = await setUp(t);
  const seen: string[] = [];
  const bad: SpanObserver = { onStart: () => assert.fail('start'), onEnding: () => assert.fail('end') };
  const good: SpanObserver = { onStart: () => seen.push('start'), onEnding: () => seen.push('end') };
  new TracerProvider({ client, observers: [bad, good] }).getTracer('x').startSpan('a').end();
  await client.flush();
  assert.deepEqual([seen, sink.spans().length], [['start', 'end'], 1]);
});

test('a hundred thousand unlimited attributes take linear time', async (t) => {
  const { sink, client } = await setUp(t);
  const attributes = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key ${i}`, i]));
  const before = process.cpuUsage();
  client.record(span('wide').attribute('key 5', 'first').attributes(attributes));
  const { user, system } = process.cpuUsage(before);
  await client.flush();
  const [seen] = sink.spans();
  assert.ok(Array.isArray(seen?.['attributes']) && seen['attributes'].length === 100_000);
  // Quadratic time would take minutes.
  assert.ok(user + system < 20_000_000, `${user + system} µs`);
});

test('memory of a very large item is released', async (t) => {
  const { client } = await setUp(t);
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const heldBytes = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = heldBytes();
  const provider = new TracerProvider({ client });
  for (let i = 0; i < 4; i++) {
    provider
      .getTracer(`tracer ${i}`)
      .startSpan('large', { attributes: { text: 'x'.repeat(2 ** 23) } })
      .end();
    await client.flush();
  }
  // The sink retains 32 MiB of received data; each tracer would retain 24 MiB.
  assert.equal(client.health.traces?.sentItems, 4);
  let held = heldBytes() - before;
  // Objects collected in one cycle are only released after the next.
  for (let i = 0; i < 50 && held >= 2 ** 26; i++) {
    await new Promise(setImmediate);
    held = heldBytes() - before;
  }
  assert.ok(held < 2 ** 26, `${held} bytes`);
});

test('rejects items that cannot be combined or encoded, with a reason', async (t) => {
  const { sink, client } = await setUp(t);
  const mixed = await client.send([span('a'), log('b')]);
  assert.deepEqual(mixed, { kind: 'refused', reason: 'expected items of traces, got logs' });
  const outcome = await client.send(span(undefined as unknown as string));
  assert.ok(outcome.kind === 'refused' && outcome.reason.startsWith('encoding failed: '));
  assert.equal(sink.handler.requests.length, 0);
});
