import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  ACCEPTED,
  type Batch,
  localContext,
  normalizeRequest,
  type Outcome,
  releaseBytes,
  takeBytes,
} from '@otelier/otlp';
import { hostileRequest } from '@otelier/testkit/hostile/request';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import type { ExportHandler } from '@otelier/transport';
import { releaseOwned, type SignalConsumers } from '../component/contract.ts';
import { defineExporter, defineReceiver, defineSendingExporter } from '../component/define.ts';
import { createIngestHandler } from '../component/ingest-handler.ts';
import { z } from '../component/schema.ts';
import { loadConfig } from '../config/load.ts';
import { writeMmdb } from '../processors/geoip/mmdb.testing.ts';
import { registry } from '../registry.generated.ts';
import { createLogger } from '../service/logging.ts';
import { createService } from '../service/service.ts';

const about = {
  stability: 'development',
  signals: ['traces'],
  config: z.object({ name: z.string().prefault('x') }),
  examples: [],
} as const;

const directory = await mkdtemp(join(tmpdir(), 'owned-memory-'));
after(() => rm(directory, { recursive: true }));
const locations = join(directory, 'locations.mmdb');
await writeFile(locations, writeMmdb('GeoLite2-City', { '1.2.3.0/24': { country: { iso_code: 'GB' } } }));

/** Processors that use the memory of their input again, and one that knows nothing of it. */
const PROCESSORS: Record<string, object> = {
  filter: { traces: { span: ['kind == SPAN_KIND_CLIENT', 'attributes["http.route"] == "/cart"'] } },
  probabilistic_sampler: { sampling_percentage: 40 },
  attributes: {
    actions: [
      { key: 'env', value: 'prod', action: 'insert' },
      { key: 'client.address', value: '1.2.3.4', action: 'insert' },
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
  resource: { attributes: [{ key: 'd', value: 'e', action: 'upsert' }] },
  resource_detection: { detectors: ['env'], override: true },
  k8s_attributes: { passthrough: true },
  memory_limiter: { check_interval: '10s', limit_mib: 100_000 },
  geoip: { providers: { maxmind: { database_path: locations } }, context: 'record' },
  gen_ai_normalizer: { sources: { openinference: {} } },
  span: { name: { from_attributes: ['a', 'http.route'], separator: ':' } },
  batch: { send_batch_size: 1, timeout: '1h' },
  'batch/merged': { send_batch_size: 400, timeout: '1h' },
  'batch/split': { send_batch_size: 50, send_batch_max_size: 70, timeout: '1h' },
};

/** Those that release the memory of each request by itself. */
const RELEASING = Object.keys(PROCESSORS).filter(
  (id) => !['gen_ai_normalizer', 'batch/merged', 'batch/split'].includes(id),
);

/** The address that all telemetry comes from. */
const PEER = '10.0.0.1';

/** What an exporter received: the batch, and the hashes of its parts at that time. */
interface Arrival {
  readonly batch: Batch;
  readonly hashes: string;
}

/** A service with one receiver, and exporters that keep batches, or release their memory at once, later, or after retries. */
async function startService(pipelines: Record<string, object>) {
  const arrived = new Map<string, Arrival[]>();
  const entrance: { next: SignalConsumers; handler?: ExportHandler } = { next: {} };
  const receive = (name: string, batch: Batch) => {
    arrived.set(name, [...(arrived.get(name) ?? []), { batch, hashes: hashesOf(batch) }]);
    return ACCEPTED;
  };
  const keep = defineExporter({
    ...about,
    summary: 'Keeps batches.',
    create: ({ name }) => ({ consume: (batch) => receive(name, batch) }),
  });
  const release = defineExporter({
    ...about,
    summary: 'Releases batches.',
    create: ({ name }) => ({
      consume: (batch) => receive(name, batch),
      consumeOwned(batch) {
        const outcome = receive(name, batch);
        releaseAndOverwrite(batch);
        return outcome;
      },
    }),
  });
  const later = defineExporter({
    ...about,
    summary: 'Reads and releases batches later.',
    create({ name }) {
      const takeLater = async (batch: Batch, end: (batch: Batch) => void) => {
        for (let turns = batch.itemCount % 4; turns >= 0; turns--)
          await new Promise((resolve) => setImmediate(resolve));
        receive(name, batch);
        end(batch);
        return ACCEPTED;
      };
      return {
        consume: (batch) => takeLater(batch, () => {}),
        consumeOwned: (batch) => takeLater(batch, releaseAndOverwrite),
      };
    },
  });
  const queue = defineSendingExporter({
    ...about,
    config: z.object({}),
    summary: 'Sends from a queue, and not always at the first attempt.',
    create(_config, { id }) {
      let attempts = 0;
      return {
        async send(batch, _abort, onUnused): Promise<Outcome> {
          const before = hashesOf(batch);
          await new Promise((resolve) => setImmediate(resolve));
          assert.equal(hashesOf(batch), before, 'expected the bytes to stay while they are sent');
          attempts += 1;
          if (attempts % 3 !== 0) onUnused();
          if (attempts % 4 === 0) return { kind: 'retry', afterMillis: 1, reason: 'busy' };
          return receive(id, batch);
        },
      };
    },
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
      (pipeline as { exporters: string[] }).exporters.map((id) => [id, configOf(id)]),
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
      exporter: {
        keep: { load: async () => keep },
        release: { load: async () => release },
        later: { load: async () => later },
        queue: { load: async () => queue },
      },
    },
  });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const logger = createLogger({ level: 'error', encoding: 'json' }, { write: () => {} });
  const service = createService({
    config: loaded.config,
    logger,
    environment: { OTEL_RESOURCE_ATTRIBUTES: 'f=g,a=h' },
  });
  await service.start();
  return { service, arrived, entrance };
}

/** Ends the ownership of a batch, and overwrites its memory if that was the last one. */
function releaseAndOverwrite(batch: Batch): void {
  releaseOwned(batch);
  const free = batch.parts.map(({ length }) => takeBytes(length));
  for (const bytes of free) bytes.fill(0xdb);
  for (const bytes of free) releaseBytes(bytes);
}

function configOf(id: string): object {
  if (!id.startsWith('queue')) return { name: id };
  return { retry_on_failure: { initial_interval: '1ms' }, sending_queue: QUEUES[Number(id.at(-1)) % QUEUES.length] };
}

const QUEUES = [{}, { num_consumers: 3 }, { batch: { min_size: 300, max_size: 400, flush_timeout: '10ms' } }];

function hashesOf({ parts }: Batch): string {
  return parts.map((part) => hash('md5', part)).join();
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
      const kinds = ['keep', 'release', 'later', 'queue', 'queue', 'release'];
      const exporters = [`${kinds[random(kinds.length)]}/${index}`];
      for (let more = 0; random(2) === 0; more++) exporters.push(`${kinds[random(kinds.length)]}/more${more}${index}`);
      return [`traces/${index}`, { receivers: ['in'], processors, exporters }];
    }),
  );
}

test('a pipeline releases the memory of a request', () => releases(['release/0']));
test('the last branch of a fan-out releases the memory of a request', () =>
  releases(['release/0', 'later/1', 'release/2']));
test('each processor by itself releases the memory of a request', async () => {
  for (const id of RELEASING) await releases(['release/0'], [id]);
});

async function releases(exporters: readonly string[], processors = RELEASING): Promise<void> {
  const { service, entrance } = await startService({
    'traces/0': { receivers: ['in'], processors, exporters },
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
    peer: PEER,
    transport: 'grpc',
  });
  await service.shutdown();
  const taken = Array.from({ length: 16 }, () => takeBytes(request.length).buffer);
  assert.ok(taken.includes(body.buffer), 'expected the memory of the request to be free');
}

for (let seed = 1; seed <= 24; seed++) {
  test(`telemetry in memory that is used again equals telemetry in memory of its own (seed ${seed})`, async () => {
    const pipelines = randomPipelines(createRandom(seed));
    const reused = await startService(pipelines);
    const plain = await startService(pipelines);
    for (let index = 0; index < 6; index++) {
      const request = largeRequest(seed, index);
      const body = takeBytes(request.length);
      body.set(request);
      const outcome = await reused.entrance.handler?.export({
        signal: 'traces',
        encoding: 'protobuf',
        body,
        headers: {},
        subject: undefined,
        peer: PEER,
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
        context: { ...localContext(0), peer: PEER },
      });
    }
    await reused.service.shutdown();
    await plain.service.shutdown();
    const arrivedAt = ({ arrived }: typeof plain) =>
      [...arrived].map(([name, arrivals]) => [name, arrivals.flatMap(({ hashes }) => hashes.split(',')).sort()]).sort();
    assert.deepEqual(arrivedAt(reused), arrivedAt(plain));
    for (const [name, arrivals] of reused.arrived)
      if (name.startsWith('keep'))
        for (const { batch, hashes } of arrivals) assert.equal(hashesOf(batch), hashes, name);
  });
}
