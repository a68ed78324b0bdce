import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome, requestToJson } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import type { Consumer } from '../../component/contract.ts';
import { tracedConsumer } from '../../component/tracing/traced-consumer.ts';
import type { Tracer } from '../../component/tracing/tracer.ts';
import { startGateway } from '../../service/reload/gateway.testing.ts';

interface SpanJson {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, string>> }[];
}

const REQUEST = encodeRequest('traces', {
  resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }, { name: 'b' }] }] }],
});

test('traces the batches of exporters without a sender', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-plain-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const own = createRecordingHandler();
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, own);
  t.after(() => server.shutdown(0));
  const exporters = { nop: {}, debug: {}, file: { path: join(directory, 'out.json') } };
  const otlp = { protocol: 'grpc', endpoint: `http://${server.address}` };
  const gateway = await startGateway(
    t,
    JSON.stringify({
      receivers: { otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0' } } } },
      exporters,
      service: {
        telemetry: { traces: { processors: [{ batch: { exporter: { otlp } } }] } },
        pipelines: { traces: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
      },
    }),
  );
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  assert.deepEqual(await client.export('traces', [REQUEST]), ACCEPTED);
  await gateway.service.shutdown();
  const spans = own.requests.flatMap(
    ({ body }) => JSON.parse(requestToJson('traces', body)).resourceSpans[0].scopeSpans[0].spans as SpanJson[],
  );
  const received = spans.find(({ name }) => name === 'receiver/otlp/TraceDataReceived');
  for (const exporter of Object.keys(exporters)) {
    const [span, ...others] = spans.filter(({ name }) => name === `exporter/${exporter}/traces`);
    assert.ok(span !== undefined && others.length === 0, `expected one span of ${exporter}`);
    assert.equal(span.parentSpanId, received?.spanId);
    assert.deepEqual(Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])), {
      exporter,
      data_type: 'traces',
      'items.sent': '2',
      'items.failed': '0',
    });
  }
  assert.equal(spans.length, 4);
});

const OUTCOMES: readonly Outcome[] = [
  ACCEPTED,
  { kind: 'partial', rejectedItems: 1, reason: 'one is too old' },
  { kind: 'retry', afterMillis: undefined, reason: 'busy' },
  { kind: 'refused', reason: 'no such tenant' },
];

test('ends one span with every outcome of an exporter, however it consumes', async () => {
  const random = createRandom(14);
  for (let round = 0; round < 300; round++) {
    const ended: Outcome[] = [];
    let started = 0;
    const tracer: Pick<Tracer, 'send'> = {
      send() {
        started += 1;
        return { trace: {}, attempt() {}, retry() {}, end: (_count, outcome) => ended.push(outcome) };
      },
    };
    const outcome = OUTCOMES[random(OUTCOMES.length)] ?? ACCEPTED;
    const fails = random(4) === 0;
    const isLate = random(2) === 0;
    const respond = (): Outcome | Promise<Outcome> => {
      if (isLate) return fails ? Promise.reject(new Error('a bug')) : Promise.resolve(outcome);
      if (fails) throw new Error('a bug');
      return outcome;
    };
    const exporter: Consumer = {
      consume: respond,
      consumeOwned: respond,
      reserve: () => ({ kind: 'reserved', commit: respond, cancel() {} }),
    };
    const consumer = tracedConsumer(exporter, { id: 'x', tracer: tracer as Tracer });
    const batch: Batch = sampleBatch('traces');
    const how = random(4);
    const consume = async (): Promise<Outcome | undefined> => {
      if (how === 0) return await consumer.consume(batch);
      if (how === 1) return await consumer.consumeOwned?.(batch);
      const reserved = consumer.reserve?.(batch);
      assert.ok(reserved?.kind === 'reserved');
      return how === 2 ? await reserved.commit() : await reserved.commitOwned?.();
    };
    if (fails) await assert.rejects(consume(), /a bug/);
    else assert.deepEqual(await consume(), outcome);
    assert.equal(started, 1);
    assert.deepEqual(ended, [fails ? { kind: 'refused', reason: 'a bug' } : outcome]);
  }
});
