import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as nats from '@nats-io/nats-core/internal';
import { connect, headers } from '@nats-io/transport-node';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { instrumentNats, natsContext } from '../../../packages/sdk/src/instrumentation/messaging/nats.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { natsAddress } from './nats.testing.ts';

async function start(t: TestContext) {
  const recorder = startRecorder(t);
  const servers = await natsAddress(t);
  t.after(instrumentNats(nats, recorder.options));
  const connection = await connect({ servers });
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
