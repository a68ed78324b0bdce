import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { startBackend } from './outage/backend.ts';
import { SENDERS, startSenders } from './outage/senders.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** Seconds that the backend is away in each case. The last is for a complete run. */
const OUTAGES_SECONDS = [4, 20, 120, 600];
/** Shorter outages fill a queue so little that its speed is that of the machine at this moment. */
const MEASURED_SECONDS = 20;

/**
 * Sends at a constant rate while the backend is away, and kills the process twice meanwhile. Then the backend returns,
 * and the durable queue, with one consumer, must deliver everything in order, after longer outages at least three times as
 * fast as it was filled.
 */
export const suite: ChaosSuite = {
  name: 'outage',
  summary: 'a durable queue loses nothing over an outage with two kills, keeps the order, and drains fast',
  cases: OUTAGES_SECONDS.length,
  sampleCases: 1,
  async run(run) {
    await withLifetime(async (lifetime) => {
      for (let index = run.from; index < run.from + run.count; index++) {
        await runOutage(lifetime, OUTAGES_SECONDS[index] ?? 4, run).catch((error) =>
          run.fail(index, error instanceof Error ? error.message : String(error)),
        );
      }
    });
  },
};

async function runOutage(lifetime: Lifetime, seconds: number, { log }: ChaosRun): Promise<void> {
  const directory = join(await tempDirectory(lifetime), 'queues');
  const backend = await startBackend();
  lifetime.after(() => backend.stop());
  await backend.stop();
  const start = () => startGateway(lifetime, { config: [configOf(directory, backend.address)] });
  let gateway: Gateway = await start();
  const senders = startSenders(() => gateway.grpc);
  const beganFilling = performance.now();
  for (let part = 0; part < 3; part++) {
    await sleep((seconds * 1000) / 3);
    if (part === 2) break;
    await gateway.kill();
    gateway = await start();
  }
  await senders.stop();
  const fillSeconds = (performance.now() - beganFilling) / 1000;
  const beganDraining = performance.now();
  await backend.start();
  const missing = () => senders.acknowledged().filter((label) => !backend.arrived.has(label));
  // A queue that delivers nothing for long has lost what is missing.
  for (let idle = 0; missing().length > 0 && idle < 200; ) {
    const arrived = backend.arrived.size;
    await sleep(50);
    idle = backend.arrived.size === arrived ? idle + 1 : 0;
  }
  const drainSeconds = (backend.lastArrivalMillis - Math.max(beganDraining, backend.firstArrivalMillis)) / 1000;
  assert.deepEqual(missing().length, 0, `acknowledged requests are missing:\n${gateway.output()}`);
  assert.equal(await gateway.stop(), 0, gateway.output());
  const requests = senders.acknowledged().length;
  const [filled, drained] = [requests / fillSeconds, requests / Math.max(drainSeconds, 0.001)];
  log(
    `outage of ${fillSeconds.toFixed(0)} s, 2 kills: ${requests} requests acknowledged, 0 lost, ${backend.repeated} repeated; ` +
      `filled at ${filled.toFixed(0)} requests/s, drained at ${drained.toFixed(0)} (${(drained / filled).toFixed(1)} times as fast)`,
  );
  assert.equal(backend.outOfOrder, 0, `${backend.outOfOrder} requests arrived out of order`);
  // One consumer, and one request of each sender that was stored but not acknowledged, at each kill.
  assert.ok(backend.repeated <= 2 * (1 + SENDERS), `${backend.repeated} requests repeated`);
  if (seconds >= MEASURED_SECONDS)
    assert.ok(drained >= 3 * filled, `drained only ${(drained / filled).toFixed(1)} times as fast as filled`);
}

function configOf(directory: string, address: string): string {
  return `receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:0 } } }
exporters:
  otlp_grpc:
    endpoint: ${address}
    tls: { insecure: true }
    compression: none
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms }
    sending_queue: { storage: file_storage, num_consumers: 1, queue_size: 1000000 }
extensions:
  file_storage: { directory: ${JSON.stringify(directory)}, create_directory: true }
service:
  extensions: [file_storage]
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_grpc] } }
`;
}
