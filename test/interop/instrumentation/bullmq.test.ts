import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import bullmq, { type Job, type Processor } from 'bullmq';
import { startRecordedServer } from '../../../packages/sdk/src/instrumentation/database/recorded-server.testing.ts';
import { framing } from '../../../packages/sdk/src/instrumentation/database/redis-framing.testing.ts';
import { instrumentBullmq } from '../../../packages/sdk/src/instrumentation/messaging/bullmq.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';

async function start(t: TestContext) {
  const port = await startRecordedServer(t, import.meta.filename, framing);
  const recorder = startRecorder(t);
  t.after(instrumentBullmq(bullmq, recorder.options));
  const connection = { host: '127.0.0.1', port };
  const queue = new bullmq.Queue('mails', { connection });
  t.after(() => queue.close());
  const work = async (processor: Processor) => {
    const worker = new bullmq.Worker('mails', processor, { connection, name: 'test' });
    t.after(() => worker.close(true));
    await worker.waitUntilReady();
    return worker;
  };
  await queue.obliterate({ force: true });
  return { ...recorder, queue, work };
}

/** Returns the span whose context a job carries. That of a recorded job is from the time of the recording. */
function senderOf({ opts }: Pick<Job, 'opts'>): string | undefined {
  return (JSON.parse(opts.telemetry?.metadata ?? '{}') as { traceparent?: string }).traceparent?.split('-')[2];
}

test('a job is added and processed in one trace', async (t) => {
  const { queue, work, spans, points } = await start(t);
  const job = await queue.add('welcome', { to: 'a' }, { jobId: 'one' });
  assert.equal(job.id, 'one');
  let sender: string | undefined;
  await work(async (received) => {
    sender = senderOf(received);
    trace.getTracer('application').startSpan('work').end();
  });
  const [added, inside, processed] = await spans(3);
  assert.equal(added?.name, 'add mails');
  assert.equal(added.kind, SpanKind.PRODUCER);
  assert.equal(processed?.name, 'process mails');
  assert.equal(processed.kind, SpanKind.CONSUMER);
  assert.equal(senderOf(job), added.spanContext().spanId);
  assert.ok(sender);
  assert.equal(processed.parentSpanContext?.spanId, sender);
  assert.deepEqual(processed.attributes, {
    'messaging.system': 'bullmq',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'mails',
    'messaging.message.id': 'one',
    'bullmq.job.name': 'welcome',
  });
  assert.equal(inside?.parentSpanContext?.spanId, processed.spanContext().spanId);
  assert.deepEqual(
    (await points('messaging.client.sent.messages')).map(({ value }) => value),
    [1],
  );
});

test('several jobs are added in one span, and one that throws fails its span', async (t) => {
  const { queue, work, spans } = await start(t);
  const jobs = await queue.addBulk([
    { name: 'good', data: 1, opts: { jobId: 'good' } },
    { name: 'bad', data: 2, opts: { jobId: 'bad' } },
  ]);
  const senders: unknown[] = [];
  const worker = await work(async (job) => {
    senders.push(senderOf(job));
    if (job.name === 'bad') throw new RangeError('too far');
  });
  worker.on('error', () => {});
  const [added, ...processed] = await spans(3);
  assert.equal(added?.attributes['messaging.batch.message_count'], 2);
  const addedBy = added.spanContext().spanId;
  assert.deepEqual(jobs.map(senderOf), [addedBy, addedBy]);
  assert.deepEqual(
    processed.map(({ attributes, status: { code }, parentSpanContext }) => [
      attributes['bullmq.job.name'],
      attributes['error.type'],
      code,
      parentSpanContext?.spanId,
    ]),
    [
      ['good', undefined, SpanStatusCode.UNSET, senders[0]],
      ['bad', 'RangeError', SpanStatusCode.ERROR, senders[1]],
    ],
  );
});

test('a flow is added in one span, in whose trace all of its jobs are processed', async (t) => {
  const { queue, work, spans } = await start(t);
  const flows = new bullmq.FlowProducer({ connection: queue.opts.connection });
  t.after(() => flows.close());
  const child = (jobId: string) => ({ name: 'part', queueName: 'mails', opts: { jobId } });
  const flow = { name: 'whole', queueName: 'mails', opts: { jobId: 'whole' }, children: [child('a'), child('b')] };
  const { job, children } = await flows.add(flow);
  await flows.addBulk([{ name: 'single', queueName: 'mails', opts: { jobId: 'single' } }]);
  assert.equal('telemetry' in flow.opts, false);
  const senders = new Map<string, string | undefined>();
  await work(async (received) => void senders.set(received.id ?? '', senderOf(received)));
  const all = await spans(6);
  const [added, bulk] = all;
  assert.equal(added?.name, 'addFlow mails');
  assert.equal(added.attributes['messaging.batch.message_count'], 3);
  assert.equal(bulk?.name, 'addBulkFlows mails');
  const addedBy = added.spanContext().spanId;
  assert.deepEqual([job, ...(children ?? []).map((node) => node.job)].map(senderOf), [addedBy, addedBy, addedBy]);
  const processed = all.filter(({ name }) => name === 'process mails');
  assert.deepEqual(processed.map(({ attributes }) => String(attributes['messaging.message.id'])).toSorted(), [
    'a',
    'b',
    'single',
    'whole',
  ]);
  for (const { attributes, parentSpanContext } of processed)
    assert.equal(parentSpanContext?.spanId, senders.get(String(attributes['messaging.message.id'])));
});
