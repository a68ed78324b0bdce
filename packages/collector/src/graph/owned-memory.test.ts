import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, localContext, normalizeRequest, takeBytes } from '@otelier/otlp';
import { createRandom, hostileRequest, type Random } from '@otelier/testkit';
import type { ExportHandler } from '@otelier/transport';
import { releaseOwned, type SignalConsumers } from '../component/contract.ts';
import { defineExporter, defineReceiver } from '../component/define.ts';
import { createIngestHandler } from '../component/ingest-handler.ts';
import { z } from '../component/schema.ts';
import { loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createLogger } from '../service/logging.ts';
import { createService } from '../service/service.ts';

const about = {
  stability: 'development',
  signals: ['traces'],
  config: z.object({ name: z.string().prefault('x') }),
  examples: [],
} as const;

/** Processors that use the memory of their input again, and one that knows nothing of it. */
const PROCESSORS: Record<string, object> = {
  filter: { traces: { span: ['kind == SPAN_KIND_CLIENT', 'attributes["http.route"] == "/cart"'] } },
  probabilistic_sampler: { sampling_percentage: 40 },
  attributes: {
    actions: [
      { key: 'env', value: 'prod', action: 'insert' },
      { key: 'a', action: 'delete' },
    ],
  },
  transform: {
    trace_statements: [
      { context: 'span', statements: ['set(attributes["b"], name)', 'delete_key(attributes, "a")'] },
      { context: 'span', statements: ['replace_pattern(name, "a", "b")'] },
      { context: 'resource', statements: ['set(attributes["c"], 1)'] },
    ],
  },
  memory_limiter: { check_interval: '10s', limit_mib: 100_000 },
  span: { name: { from_attributes: ['a', 'http.route'], separator: ':' } },
};

/** What an exporter received: the batch, and a copy of its bytes at that time. */
interface Arrival {
  readonly batch: Batch;
  readonly copy: string;
}

/** A service with one receiver, and exporters that keep batches or release their memory after overwriting it. */
async function startService(pipelines: Record<string, object>) {
  const arrived = new Map<string, Arrival[]>();
  const entrance: { next: SignalConsumers; handler?: ExportHandler } = { next: {} };
  const receive = (name: string, batch: Batch) => {
    arrived.set(name, [...(arrived.get(name) ?? []), { batch, copy: contents(batch) }]);
    return ACCEPTED;
  };
  const keep = defineExporter({
    ...about,
    summary: 'Keeps batches.',
    create: ({ name }) => ({ consume: (batch) => receive(name, batch) }),
  });
  const release = defineExporter({
    ...about,
    summary: 'Overwrites and releases batches.',
    create: ({ name }) => ({
      consume: (batch) => receive(name, batch),
      consumeOwned(batch) {
        const outcome = receive(name, batch);
        for (const part of batch.parts) part.fill(0xdb);
        releaseOwned(batch);
        return outcome;
      },
    }),
  });
  const receiver = defineReceiver({
    ...about,
    summary: 'Receives requests of the test.',
    create(_config, next, context) {
      entrance.next = next;
      entrance.handler = createIngestHandler(next, false, context);
      return {};
    },
  });
  const exporters = Object.fromEntries(
    Object.values(pipelines).flatMap((pipeline) =>
      (pipeline as { exporters: string[] }).exporters.map((id) => [id, { name: id }]),
    ),
  );
  const loaded = await loadConfig({
    sources: [
      {
        name: 'test',
        text: JSON.stringify({ receivers: { in: {} }, processors: PROCESSORS, exporters, service: { pipelines } }),
      },
    ],
    environment: {},
    registry: {
      ...registry,
      receiver: { in: { load: async () => receiver } },
      exporter: { keep: { load: async () => keep }, release: { load: async () => release } },
    },
  });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const logger = createLogger({ level: 'error', encoding: 'json' }, { write: () => {} });
  const service = createService({ config: loaded.config, logger });
  await service.start();
  return { service, arrived, entrance };
}

function contents({ parts }: Batch): string {
  return parts.map((part) => Buffer.from(part).toString('base64')).join();
}

/** Requests of more than 16 KiB, whose memory comes from the pool. */
function largeRequest(seed: number, index: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let i = 0, size = 0; size < 20_000; i++) {
    const { bytes } = hostileRequest(seed, index * 1000 + i, { signal: 'traces' });
    const normalized = normalizeRequest('traces', bytes);
    if (!normalized.ok) continue;
    pieces.push(normalized.bytes);
    size += normalized.bytes.length;
  }
  return Buffer.concat(pieces);
}

function randomPipelines(random: Random): Record<string, object> {
  const names = Object.keys(PROCESSORS);
  return Object.fromEntries(
    Array.from({ length: 1 + random(3) }, (_, index) => {
      const processors = names.filter(() => random(3) === 0).sort(() => random(3) - 1);
      const exporters = [`${random(2) === 0 ? 'keep' : 'release'}/${index}`];
      if (random(3) === 0) exporters.push(`keep/${index}b`);
      return [`traces/${index}`, { receivers: ['in'], processors, exporters }];
    }),
  );
}

test('a pipeline with a single end releases the memory of a request', async () => {
  const processors = Object.keys(PROCESSORS).filter((type) => type !== 'span');
  const { service, entrance } = await startService({
    'traces/0': { receivers: ['in'], processors, exporters: ['release/0'] },
  });
  const request = largeRequest(1, 0);
  const body = takeBytes(request.length);
  body.set(request);
  await entrance.handler?.export({
    signal: 'traces',
    encoding: 'protobuf',
    body,
    headers: {},
    subject: undefined,
    transport: 'grpc',
  });
  const taken = Array.from({ length: 16 }, () => takeBytes(request.length).buffer);
  assert.ok(taken.includes(body.buffer), 'expected the memory of the request to be free');
  await service.shutdown();
});

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`telemetry in memory that is used again equals telemetry in memory of its own (seed ${seed})`, async () => {
    const pipelines = randomPipelines(createRandom(seed));
    const reused = await startService(pipelines);
    const plain = await startService(pipelines);
    const sent: { body: Uint8Array; copy: Buffer }[] = [];
    for (let index = 0; index < 6; index++) {
      const request = largeRequest(seed, index);
      const body = takeBytes(request.length);
      body.set(request);
      sent.push({ body, copy: Buffer.from(request) });
      const outcome = await reused.entrance.handler?.export({
        signal: 'traces',
        encoding: 'protobuf',
        body,
        headers: {},
        subject: undefined,
        transport: 'grpc',
      });
      assert.deepEqual(outcome, ACCEPTED);
      const normalized = normalizeRequest('traces', Buffer.from(request));
      assert.ok(normalized.ok);
      const { bytes, itemCount } = normalized;
      await plain.entrance.next.traces?.consume({
        signal: 'traces',
        parts: [bytes],
        itemCount,
        sizeBytes: bytes.length,
        context: localContext(0),
      });
    }
    const copies = ({ arrived }: typeof plain) =>
      [...arrived].map(([name, arrivals]) => [name, arrivals.map(({ copy }) => copy)]).sort();
    assert.deepEqual(copies(reused), copies(plain));
    for (const [name, arrivals] of reused.arrived)
      if (name.startsWith('keep')) for (const { batch, copy } of arrivals) assert.equal(contents(batch), copy, name);
    // A fan-out shares requests, so that no branch may change or release them.
    if (Object.keys(pipelines).length > 1)
      for (const { body, copy } of sent) assert.ok(copy.equals(body), 'expected a shared request to stay as it is');
    await reused.service.shutdown();
    await plain.service.shutdown();
  });
}
