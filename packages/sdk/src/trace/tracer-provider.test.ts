import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type Context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Sampler,
  SamplingDecision,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { createClient, TracerProvider, type TracerProviderOptions } from '../node.ts';
import { type Sink, startSink } from '../sink.testing.ts';

async function setUp(
  t: TestContext,
  options: Omit<TracerProviderOptions, 'client'> = {},
): Promise<{ sink: Sink; provider: TracerProvider }> {
  const sink = await startSink(t);
  const provider = new TracerProvider({ ...options, client: createClient({ endpoint: sink.url }) });
  t.after(() => provider.shutdown());
  return { sink, provider };
}

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

describe('a span', () => {
  test('arrives once with all fields, under its resource and scope', async (t) => {
    const { sink, provider } = await setUp(t, { resource: { 'service.name': 'shop', 'host.cpus': 4 } });
    const tracer = provider.getTracer('cart', '1.2.3', { schemaUrl: 'https://example.com/1' });
    const span = tracer.startSpan('GET /cart', { kind: SpanKind.SERVER, startTime: at(1), attributes: { first: 'a' } });
    span.setAttribute('text', 'grüße').setAttributes({ count: 7, ratio: 0.5, yes: true, list: ['a', 1, null] });
    span.addEvent('cache miss', { key: 'k' }, at(2)).addEvent('retried', at(3));
    span.addLink({ context: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1, isRemote: true } });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' }).updateName('GET /cart/:id');
    span.end(at(9));
    await provider.forceFlush();
    const { traceId, spanId } = span.spanContext();
    assert.deepEqual(sink.scopes(), [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'shop' } },
            { key: 'host.cpus', value: { intValue: '4' } },
          ],
        },
        scope: { name: 'cart', version: '1.2.3', schemaUrl: 'https://example.com/1' },
        items: [
          {
            traceId,
            spanId,
            name: 'GET /cart/:id',
            kind: 2,
            startTimeUnixNano: '1800000000001000000',
            endTimeUnixNano: '1800000000009000000',
            attributes: [
              { key: 'first', value: { stringValue: 'a' } },
              { key: 'text', value: { stringValue: 'grüße' } },
              { key: 'count', value: { intValue: '7' } },
              { key: 'ratio', value: { doubleValue: 0.5 } },
              { key: 'yes', value: { boolValue: true } },
              { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }, {}] } } },
            ],
            events: [
              {
                timeUnixNano: '1800000000002000000',
                name: 'cache miss',
                attributes: [{ key: 'key', value: { stringValue: 'k' } }],
              },
              { timeUnixNano: '1800000000003000000', name: 'retried' },
            ],
            links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), flags: 0x301 }],
            status: { code: 2, message: 'no stock' },
            flags: 0x101,
          },
        ],
      },
    ]);
  });

  test('is not changed after its end, or by changes to passed objects', async (t) => {
    const { sink, provider } = await setUp(t);
    const list = ['as it was'];
    const span = provider.getTracer('x').startSpan('one', { attributes: { list } });
    list.push('changed');
    assert.equal(span.isRecording(), true);
    span.end();
    assert.equal(span.isRecording(), false);
    span.setAttribute('late', 1).addEvent('late').updateName('late').setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    await provider.forceFlush();
    const [seen, ...others] = sink.spans();
    assert.deepEqual(others, []);
    assert.equal(seen?.name, 'one');
    assert.deepEqual(seen?.['attributes'], [
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'as it was' }] } } },
    ]);
  });

  test('keeps the last value of a key, and counts attributes that are invalid or exceed limits', async (t) => {
    const { sink, provider } = await setUp(t, {
      spanLimits: { attributeCountLimit: 2, attributeValueLengthLimit: 3, eventCountLimit: 1, linkCountLimit: 0 },
    });
    const span = provider.getTracer('x').startSpan('limited');
    span.setAttributes({ a: 'first', b: Symbol('none'), c: undefined, d: 1, e: 2 }).setAttribute('a', 'second');
    span.addEvent('dropped').addEvent('kept').addLink({ context: INVALID_SPAN_CONTEXT });
    span.end();
    await provider.forceFlush();
    const [seen] = sink.spans();
    assert.deepEqual(seen?.['attributes'], [
      { key: 'a', value: { stringValue: 'sec' } },
      { key: 'd', value: { intValue: '1' } },
    ]);
    assert.equal(seen?.['droppedAttributesCount'], 2);
    assert.equal(seen?.['droppedEventsCount'], 1);
    assert.equal(seen?.['droppedLinksCount'], 1);
    assert.deepEqual(
      (seen?.['events'] as readonly { name: string }[] | undefined)?.map(({ name }) => name),
      ['kept'],
    );
  });

  test('records exceptions as events', async (t) => {
    const { sink, provider } = await setUp(t);
    const span = provider.getTracer('x').startSpan('failing');
    span.recordException({ name: 'RangeError', message: 'too far', stack: 'RangeError: too far' }, at(0));
    span.recordException({ code: 'ENOENT', name: 'Error' }, at(0));
    span.recordException('plain', at(0));
    span.recordException({} as Error);
    span.end();
    await provider.forceFlush();
    const events = sink.spans()[0]?.['events'] as readonly { name: string; attributes: readonly unknown[] }[];
    assert.deepEqual(
      events.map(({ name, attributes }) => [name, attributes]),
      [
        [
          'exception',
          [
            text('exception.type', 'RangeError'),
            text('exception.message', 'too far'),
            text('exception.stacktrace', 'RangeError: too far'),
          ],
        ],
        ['exception', [text('exception.type', 'ENOENT')]],
        ['exception', [text('exception.message', 'plain')]],
      ],
    );
  });

  test('has a status whose OK is final', async (t) => {
    const { sink, provider } = await setUp(t);
    const tracer = provider.getTracer('x');
    const ok = tracer.startSpan('ok');
    ok.setStatus({ code: SpanStatusCode.ERROR, message: 'was wrong' }).setStatus({
      code: SpanStatusCode.OK,
      message: 'no',
    });
    ok.setStatus({ code: SpanStatusCode.ERROR }).end();
    tracer.startSpan('unset').setStatus({ code: SpanStatusCode.UNSET, message: 'no' }).end();
    await provider.forceFlush();
    assert.deepEqual(
      sink.spans().map(({ status }) => status),
      [{ code: 1 }, undefined],
    );
  });

  test('never ends before it starts', async (t) => {
    const { sink, provider } = await setUp(t);
    provider
      .getTracer('x')
      .startSpan('back', { startTime: at(5) })
      .end(at(1));
    await provider.forceFlush();
    const [seen] = sink.spans();
    assert.equal(seen?.['endTimeUnixNano'], seen?.['startTimeUnixNano']);
  });

  test('follows the system time, with sub-millisecond resolution', async (t) => {
    const { sink, provider } = await setUp(t);
    const before = Date.now();
    provider.getTracer('x').startSpan('now').end();
    const after = Date.now();
    await provider.forceFlush();
    const [seen] = sink.spans();
    const [start, end] = ['startTimeUnixNano', 'endTimeUnixNano'].map(
      (name) => Number(BigInt(String(seen?.[name]))) / 1e6,
    );
    assert.ok(
      start !== undefined && end !== undefined && start >= before - 11 && start <= end && end <= after + 11,
      `${start} ${end}`,
    );
  });
});

describe('a trace', () => {
  test('continues from local and remote parents', async (t) => {
    const { sink, provider } = await setUp(t);
    const tracer = provider.getTracer('x');
    const remote = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: true,
    };
    const server = tracer.startSpan('server', {}, trace.setSpanContext(ROOT_CONTEXT, remote));
    const inServer = trace.setSpan(ROOT_CONTEXT, server);
    const child = tracer.startSpan('child', {}, inServer);
    const root = tracer.startSpan('root', { root: true }, inServer);
    for (const span of [root, child, server]) span.end();
    await provider.forceFlush();
    const [rootSeen, childSeen, serverSeen] = sink.spans();
    assert.deepEqual(
      [serverSeen?.traceId, serverSeen?.parentSpanId, serverSeen?.['flags']],
      [remote.traceId, remote.spanId, 0x301],
    );
    assert.deepEqual(
      [childSeen?.traceId, childSeen?.parentSpanId, childSeen?.['flags']],
      [remote.traceId, serverSeen?.spanId, 0x101],
    );
    assert.deepEqual(child.spanContext(), { traceId: remote.traceId, spanId: childSeen?.spanId, traceFlags: 1 });
    assert.equal(rootSeen?.parentSpanId, undefined);
    assert.notEqual(rootSeen?.traceId, remote.traceId);
  });

  test('is not recorded below an unsampled parent, or if tracing is suppressed', async (t) => {
    const { sink, provider } = await setUp(t);
    const tracer = provider.getTracer('x');
    const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 };
    const child = tracer.startSpan('no', {}, trace.setSpanContext(ROOT_CONTEXT, remote));
    assert.equal(child.isRecording(), false);
    assert.equal(child.spanContext().traceId, remote.traceId);
    assert.notEqual(child.spanContext().spanId, remote.spanId);
    const suppressed = tracer.startSpan('no', {}, suppressTracing(ROOT_CONTEXT));
    assert.equal(suppressed.isRecording(), false);
    for (const span of [child, suppressed]) span.end();
    tracer.startSpan('yes').end();
    await provider.forceFlush();
    assert.deepEqual(
      sink.spans().map(({ name }) => name),
      ['yes'],
    );
  });

  test('follows the decision of the sampler', async (t) => {
    const seen: unknown[] = [];
    const sampler: Sampler = {
      shouldSample(_context: Context, traceId, name, kind, attributes, links) {
        seen.push([traceId, name, kind, attributes, links.length]);
        const decision = { drop: SamplingDecision.NOT_RECORD, look: SamplingDecision.RECORD }[name];
        return { decision: decision ?? SamplingDecision.RECORD_AND_SAMPLED, attributes: { 'sampler.rule': 1 } };
      },
      toString: () => 'ByName',
    };
    const { sink, provider } = await setUp(t, { sampler });
    const tracer = provider.getTracer('x');
    const [kept, looked, dropped] = ['keep', 'look', 'drop'].map((name) =>
      tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: { a: 1 } }, ROOT_CONTEXT),
    );
    assert.deepEqual(
      [kept, looked, dropped].map((span) => [span?.isRecording(), span?.spanContext().traceFlags]),
      [
        [true, TraceFlags.SAMPLED],
        [true, TraceFlags.NONE],
        [false, TraceFlags.NONE],
      ],
    );
    for (const span of [kept, looked, dropped]) span?.end();
    await provider.forceFlush();
    assert.deepEqual(
      sink.spans().map(({ name, attributes }) => [name, attributes]),
      [
        [
          'keep',
          [
            { key: 'a', value: { intValue: '1' } },
            { key: 'sampler.rule', value: { intValue: '1' } },
          ],
        ],
      ],
    );
    assert.deepEqual(seen[0], [kept?.spanContext().traceId, 'keep', SpanKind.CLIENT, { a: 1 }, 0]);
    assert.equal(sink.spans()[0]?.traceId, kept?.spanContext().traceId);
  });

  test('has observers that can modify spans on start and end', async (t) => {
    const { sink, provider } = await setUp(t, {
      observers: [
        { onStart: (span) => void span.setAttribute('started', true) },
        { onEnding: (span) => void span.setAttribute('nanos', span.endTime.nanos) },
      ],
    });
    provider.getTracer('x').startSpan('seen').end([1_800_000_000, 5]);
    await provider.forceFlush();
    assert.deepEqual(sink.spans()[0]?.['attributes'], [
      { key: 'started', value: { boolValue: true } },
      { key: 'nanos', value: { intValue: '5' } },
    ]);
  });
});

test('the default queue accepts 4,096 spans that end synchronously', async (t) => {
  const { sink, provider } = await setUp(t);
  const tracer = provider.getTracer('x');
  for (let i = 0; i < 4096; i++) tracer.startSpan(`span ${i}`).end();
  assert.deepEqual(await provider.forceFlush(), { kind: 'flushed' });
  const names = new Set(sink.spans().map(({ name }) => name));
  assert.equal(names.size, 4096);
});

test('a shared client shuts down with the last of its providers', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  const [first, second] = [new TracerProvider({ client }), new TracerProvider({ client })];
  await first.shutdown();
  second.getTracer('x').startSpan('still accepted').end();
  await second.shutdown();
  second.getTracer('x').startSpan('too late').end();
  assert.deepEqual(
    sink.spans().map(({ name }) => name),
    ['still accepted'],
  );
  assert.equal(client.health.traces?.droppedItems.shutdown, 1);
});

function text(key: string, stringValue: string): unknown {
  return { key, value: { stringValue } };
}
