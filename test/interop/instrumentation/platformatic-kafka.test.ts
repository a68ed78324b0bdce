import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Consumer, Producer, type ProducerOptions, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import {
  instrumentPlatformaticKafka,
  kafkaContext,
} from '../../../packages/sdk/src/instrumentation/messaging/platformatic-kafka.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { kafkaAddress } from './kafka.testing.ts';

async function start(t: TestContext, topic: string) {
  const recorder = startRecorder(t);
  const address = await kafkaAddress(t, topic);
  t.after(instrumentPlatformaticKafka(recorder.options));
  const base = { clientId: 'test', bootstrapBrokers: [address] };
  const produce = <K, V, HK, HV>(options: Partial<ProducerOptions<K, V, HK, HV>>) => {
    const producer = new Producer<K, V, HK, HV>({ ...base, ...options });
    t.after(() => producer.close());
    return producer;
  };
  const consume = async (count: number) => {
    const options = { ...base, groupId: `${topic}-group`, sessionTimeout: 6_000, heartbeatInterval: 500 };
    const consumer = new Consumer({ ...options, deserializers: stringDeserializers });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true, maxWaitTime: 100 });
    t.after(() => consumer.close(true));
    const contexts = [];
    for await (const message of stream) {
      contexts.push(kafkaContext(message));
      if (contexts.length === count) break;
    }
    return contexts;
  };
  return { ...recorder, produce, consume };
}

test('a message is sent and received in one trace, in which the program continues', async (t) => {
  const topic = `plt-${process.pid}`;
  const { produce, consume, spans, points } = await start(t, topic);
  const options = { messages: [{ topic, key: 'k', value: 'v', headers: { a: 'b' } }] };
  await produce({ serializers: stringSerializers }).send(options);
  assert.deepEqual(options.messages, [{ topic, key: 'k', value: 'v', headers: { a: 'b' } }]);
  const [received = context.active()] = await consume(1);
  context.with(received, () => trace.getTracer('application').startSpan('work').end());
  const [sent, receive, work] = await spans(3);
  assert.equal(sent?.name, `send ${topic}`);
  assert.equal(sent.kind, SpanKind.PRODUCER);
  assert.equal(sent.attributes['messaging.kafka.message.key'], 'k');
  assert.equal(receive?.name, `receive ${topic}`);
  assert.equal(receive.kind, SpanKind.CONSUMER);
  assert.equal(receive.parentSpanContext?.spanId, sent.spanContext().spanId);
  assert.deepEqual(receive.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'receive',
    'messaging.operation.type': 'receive',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '0',
    'messaging.consumer.group.name': `${topic}-group`,
    'messaging.kafka.message.key': 'k',
    'messaging.kafka.offset': 0,
  });
  assert.equal(work?.parentSpanContext?.spanId, receive.spanContext().spanId);
  assert.deepEqual(
    (await points('messaging.client.consumed.messages')).map(({ value }) => value),
    [1],
  );
});

test('a batch without serializers has one span for each topic, and an error its code', async (t) => {
  const topic = `plt-batch-${process.pid}`;
  const { produce, consume, spans } = await start(t, topic);
  const producer = produce<Buffer, Buffer, Buffer, Buffer>({ retries: 0 });
  const message = { topic, key: Buffer.from('k'), value: Buffer.from('v') };
  await producer.send({ messages: [message, message] });
  await consume(2);
  await producer.close();
  const [sent, ...received] = await spans(3);
  assert.equal(sent?.attributes['messaging.batch.message_count'], 2);
  for (const each of received) assert.equal(each.parentSpanContext?.spanId, sent.spanContext().spanId);
  const failing = produce<Buffer, Buffer, Buffer, Buffer>({ retries: 0, bootstrapBrokers: ['127.0.0.1:1'] });
  await assert.rejects(failing.send({ messages: [message] }));
  const failed = (await spans(4)).at(-1);
  assert.equal(failed?.status.code, SpanStatusCode.ERROR);
  assert.match(String(failed.attributes['error.type']), /^PLT_KFK_/);
});
