/**
 * Measures the cost of a request on its way from the `otlp` receiver to `nop`, without sockets: admission, validation
 * and edges. Run: node packages/collector/src/receivers/otlp/path.bench.ts
 */
import { normalizeRequest, SIGNAL_NAMES } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { ExportHandler } from '@otelier/transport';
import { defineReceiver } from '../../component/define.ts';
import { createIngestHandler } from '../../component/ingest-handler.ts';
import { z } from '../../component/schema.ts';
import { loadConfig } from '../../config/load.ts';
import type { Registry } from '../../config/registry.ts';
import { registry } from '../../registry.generated.ts';
import { createService } from '../../service/service.ts';

let ingestHandler: ExportHandler | undefined;
const unconnected = defineReceiver({
  summary: 'Receives requests from the benchmark.',
  stability: 'development',
  signals: SIGNAL_NAMES,
  config: z.object({}),
  examples: [],
  create(_config, next, context) {
    ingestHandler = createIngestHandler(next, false, context);
    return {};
  },
});
const withoutSockets: Registry = { ...registry, receiver: { unconnected: { load: async () => unconnected } } };

const PIPELINES = {
  nop: 'processors: [], exporters: [nop/1]',
  'two processors, nop': 'processors: [memory_limiter, memory_limiter/2], exporters: [nop/1]',
  'fan-out to three nop': 'processors: [], exporters: [nop/1, nop/2, nop/3]',
  'batch, nop': 'processors: [batch], exporters: [nop/1]',
};

const ROUNDS = 50_000;

for (const [name, pipeline] of Object.entries(PIPELINES)) {
  const text = `
receivers: {unconnected: {}}
processors: {memory_limiter: {}, memory_limiter/2: {}, batch: {}}
exporters: {nop/1: {}, nop/2: {}, nop/3: {}}
service: {telemetry: {logs: {level: error}}, pipelines: {traces: {receivers: [unconnected], ${pipeline}}}}`;
  const loaded = await loadConfig({ sources: [{ name, text }], environment: {}, registry: withoutSockets });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const service = createService({ config: loaded.config });
  await service.start();
  // Requests are small: in large ones, span validation dominates.
  const body = sampleBatch('traces', 10).parts[0] ?? new Uint8Array();
  const whole = await micros(() => request(body));
  const validation = await micros(async () => void normalizeRequest('traces', body));
  const path = (whole - validation).toFixed(2);
  console.log(`${name}: ${path} µs per request, and ${validation.toFixed(2)} for the validation of its 10 spans`);
  await service.shutdown();
}

async function request(body: Uint8Array): Promise<void> {
  const admission = ingestHandler?.admit(body.length);
  if (!ingestHandler || !admission || 'kind' in admission) throw new Error('not admitted');
  await ingestHandler.export({
    signal: 'traces',
    encoding: 'protobuf',
    body,
    headers: {},
    subject: undefined,
    transport: 'grpc',
  });
  admission.release();
}

/** Returns the minimum CPU time of this thread over seven runs. */
async function micros(run: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < 7; trial++) {
    const before = process.threadCpuUsage();
    for (let round = 0; round < ROUNDS; round++) await run();
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / ROUNDS);
  }
  return best;
}
