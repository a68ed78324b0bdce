import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import * as nats from '@nats-io/nats-core/internal';
import { type ConnectionOptions, connect, headers } from '@nats-io/transport-node';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { instrumentNats, natsContext } from '../../../packages/sdk/src/instrumentation/messaging/nats.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { natsAddress } from './nats.testing.ts';

async function start(t: TestContext, options: ConnectionOptions = {}) {
  const recorder = startRecorder(t);
  const servers = await natsAddress(t);
  t.after(instrumentNats(nats, recorder.options));
  const connection = await connect({ ...options, servers });
  t.after(() => connection.close());
  return { ...recorder, connection };
}

test('a message is published and processed in one trace, in whose context the callback runs', async (t) => {
  const { connection, spans, points } = await start(t);
  const tracer = trace.getTracer('application');
  const sent = headers();
  sent.set('a', 'b');
  connection.subscribe('orders', {
    callback: (_, message) => {
      assert.equal(message.headers?.get('a'), 'b');
      tracer.startSpan('work').end();
    },
  });
  connection.publish('orders', 'hello', { headers: sent });
  const [published, work, processed] = await spans(3);
  assert.equal(sent.has('traceparent'), false);
  assert.equal(published?.name, 'publish orders');
  assert.equal(published.kind, SpanKind.PRODUCER);
  assert.equal(processed?.name, 'process orders');
  assert.equal(processed.kind, SpanKind.CONSUMER);
  assert.equal(processed.parentSpanContext?.spanId, published.spanContext().spanId);
  assert.deepEqual(
    processed.links.map((link) => link.context.spanId),
    [published.spanContext().spanId],
  );
  assert.deepEqual(processed.attributes, {
    'messaging.system': 'nats',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'orders',
  });
  assert.equal(work?.parentSpanContext?.spanId, processed.spanContext().spanId);
  assert.partialDeepStrictEqual(await points('messaging.process.duration'), [{ value: { count: 1 } }]);
});

test('a loop has a span for each message, whose context can be used', async (t) => {
  const { connection, spans } = await start(t);
  const subscription = connection.subscribe('loop', { max: 2 });
  for (const text of ['a', 'b']) connection.publish('loop', text);
  for await (const message of subscription)
    context.with(natsContext(message), () => trace.getTracer('application').startSpan('work').end());
  const all = await spans(6);
  const of = (name: string) => all.filter((span) => span.name === name);
  const ids = (name: string) => of(name).map((span) => span.spanContext().spanId);
  assert.deepEqual(
    of('process loop').map(({ parentSpanContext }) => parentSpanContext?.spanId),
    ids('publish loop'),
  );
  assert.deepEqual(
    of('work').map(({ parentSpanContext }) => parentSpanContext?.spanId),
    ids('process loop'),
  );
});

test('a request has one span, which ends with the response or fails', async (t) => {
  const { connection, spans } = await start(t);
  connection.subscribe('double', {
    callback(_, message) {
      message.respond(String(2 * Number(message.string())));
    },
  });
  assert.equal((await connection.request('double', '21')).string(), '42');
  await assert.rejects(connection.request('unknown', 'x', { timeout: 100 }));
  const all = await spans(3);
  assert.deepEqual(all.map(({ name, status: { code } }) => [name, code]).toSorted(), [
    ['process double', SpanStatusCode.UNSET],
    ['request double', SpanStatusCode.UNSET],
    ['request unknown', SpanStatusCode.ERROR],
  ]);
});

test('inboxes with a prefix of their own have no spans', async (t) => {
  const { connection, spans } = await start(t, { inboxPrefix: 'private.replies' });
  connection.subscribe('double', { callback: (_, message) => void message.respond('42') });
  assert.equal((await connection.request('double', '21')).string(), '42');
  assert.equal((await connection.request('double', '21', { noMux: true, timeout: 1_000 })).string(), '42');
  await connection.flush();
  const all = await spans(4);
  assert.deepEqual(all.map(({ name }) => name).toSorted(), [
    'process double',
    'process double',
    'request double',
    'request double',
  ]);
});

test('messages of a stream continue the trace of their publication', {
  skip: process.env['NATS_SERVER'] === undefined && 'the server in memory has no JetStream',
}, async (t) => {
  const { connection, spans } = await start(t, { inboxPrefix: 'private.inbox' });
  const name = `orders-${process.pid}`;
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name, subjects: [name] });
  await manager.consumers.add(name, { durable_name: 'workers', ack_policy: AckPolicy.Explicit });
  const stream = jetstream(connection);
  for (const text of ['a', 'b']) await stream.publish(name, text);
  const consumer = await stream.consumers.get(name, 'workers');
  const messages = await consumer.consume({ max_messages: 2 });
  const tracer = trace.getTracer('application');
  let left = 2;
  for await (const message of messages) {
    context.with(natsContext(message), () => tracer.startSpan('work').end());
    message.ack();
    if (--left === 0) break;
  }
  const all = await spans(6);
  const of = (spanName: string) => all.filter((span) => span.name === spanName);
  assert.equal(all.length, 6);
  const published = of(`request ${name}`);
  const processed = of(`process ${name}`);
  const parents = (spans_: typeof all) => spans_.map(({ parentSpanContext }) => parentSpanContext?.spanId);
  const ids = (spans_: typeof all) => spans_.map((span) => span.spanContext().spanId);
  assert.deepEqual(parents(processed), ids(published));
  assert.deepEqual(parents(of('work')), ids(processed));
  assert.deepEqual(
    processed.map(({ attributes }) => [
      attributes['nats.stream'],
      attributes['messaging.consumer.group.name'],
      attributes['nats.sequence'],
    ]),
    [
      [name, 'workers', 1],
      [name, 'workers', 2],
    ],
  );
  await manager.streams.delete(name);
});
