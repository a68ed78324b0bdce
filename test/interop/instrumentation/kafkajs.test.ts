import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import kafkajs, { logLevel } from 'kafkajs';
import { instrumentKafkajs } from '../../../packages/sdk/src/instrumentation/messaging/kafkajs.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { kafkaAddress } from './kafka.testing.ts';

async function start(t: TestContext, topic: string) {
  const recorder = startRecorder(t);
  const address = await kafkaAddress(t, topic);
  t.after(instrumentKafkajs(kafkajs, recorder.options));
  const kafka = new kafkajs.Kafka({ clientId: 'test', brokers: [address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  t.after(() => producer.disconnect());
  const consume = async (config: kafkajs.ConsumerRunConfig) => {
    const consumer = kafka.consumer({ groupId: `${topic}-group`, sessionTimeout: 6_000, heartbeatInterval: 500 });
    await consumer.connect();
    t.after(() => consumer.disconnect());
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run(config);
  };
  return { ...recorder, producer, consume };
}

test('a message is sent and processed in one trace', async (t) => {
  const topic = `orders-${process.pid}`;
  const { producer, consume, spans, points } = await start(t, topic);
  const tracer = trace.getTracer('application');
  const parent = tracer.startSpan('parent');
  await context.with(trace.setSpan(ROOT_CONTEXT, parent), () =>
    producer.send({ topic, messages: [{ key: 'k', value: 'v', partition: 0 }] }),
  );
  await consume({
    async eachMessage() {
      tracer.startSpan('work').end();
    },
  });
  const [sent, work, processed] = await spans(3);
  assert.equal(sent?.name, `send ${topic}`);
  assert.equal(sent.kind, SpanKind.PRODUCER);
  assert.equal(sent.parentSpanContext?.spanId, parent.spanContext().spanId);
  assert.deepEqual(sent.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '0',
    'messaging.kafka.message.key': 'k',
  });
  assert.equal(processed?.name, `process ${topic}`);
  assert.equal(processed.kind, SpanKind.CONSUMER);
  assert.equal(processed.parentSpanContext?.spanId, sent.spanContext().spanId);
  assert.deepEqual(
    processed.links.map((link) => link.context.spanId),
    [sent.spanContext().spanId],
  );
  assert.deepEqual(processed.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '0',
    'messaging.consumer.group.name': `${topic}-group`,
    'messaging.kafka.message.key': 'k',
    'messaging.kafka.offset': 0,
  });
  assert.equal(work?.parentSpanContext?.spanId, processed.spanContext().spanId);
  const counted = async (metric: string) => (await points(metric)).map(({ value }) => value);
  assert.deepEqual(await counted('messaging.client.sent.messages'), [1]);
  assert.deepEqual(await counted('messaging.client.consumed.messages'), [1]);
  assert.partialDeepStrictEqual(await counted('messaging.process.duration'), [{ count: 1 }]);
  assert.partialDeepStrictEqual(await counted('messaging.client.operation.duration'), [{ count: 1 }]);
});

test('a batch has one span with links to its messages, and a context of the message itself is kept', async (t) => {
  const topic = `batch-${process.pid}`;
  const { producer, consume, spans } = await start(t, topic);
  const own = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const messages = [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 0, headers: { traceparent: `00-${own.traceId}-${own.spanId}-01` } },
  ];
  await producer.sendBatch({ topicMessages: [{ topic, messages }] });
  await consume({ async eachBatch() {} });
  const [sent, processed] = await spans(2);
  assert.equal(sent?.attributes['messaging.batch.message_count'], 2);
  assert.deepEqual(
    sent.links.map((link) => link.context.spanId),
    [own.spanId],
  );
  assert.equal(processed?.attributes['messaging.batch.message_count'], 2);
  assert.equal(processed.parentSpanContext, undefined);
  assert.deepEqual(
    processed.links.map((link) => link.context.spanId),
    [sent.spanContext().spanId, own.spanId],
  );
});

test('an error of a handler and of a producer fails the span', async (t) => {
  const topic = `errors-${process.pid}`;
  const { producer, consume, spans } = await start(t, topic);
  await producer.send({ topic, messages: [{ value: 'v', partition: 0 }] });
  let attempts = 0;
  await consume({
    async eachMessage() {
      attempts++;
      if (attempts === 1) throw new RangeError('too far');
    },
  });
  await spans(2);
  await producer.disconnect();
  await assert.rejects(producer.send({ topic, messages: [{ value: 'v' }] }));
  const all = await spans(3);
  const failed = all.filter(({ status: { code } }) => code === SpanStatusCode.ERROR);
  assert.deepEqual(
    failed.map(({ name, attributes }) => [name, attributes['error.type']]),
    [
      [`process ${topic}`, 'RangeError'],
      [`send ${topic}`, 'KafkaJSError'],
    ],
  );
});
