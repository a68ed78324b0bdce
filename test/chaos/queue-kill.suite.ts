import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@otelier/testkit/otlp/random';
import { type GatewayOptions, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { type Destination, startDestination } from './clock/destination.ts';
import { type SentRequest, sendLoad } from './kill/load.ts';
import { ITEMS, SIGNALS } from './kill/requests.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** Number of kills between two comparisons of acknowledged and delivered requests. */
const KILLS_PER_COMPARISON = 10;
const CONSUMERS = 4;

/**
 * Kills one process after the other on the same queues; each case is one kill. The destination is away in half of the
 * cases. Segments are removed and created all the time, because the queue drains between the outages. With 2 threads,
 * requests pass between threads before they are queued.
 */
export const suite: ChaosSuite = {
  name: 'queue-kill',
  summary: 'a killed process delivers every acknowledged request from its durable queues, and few of them twice',
  cases: 100,
  sampleCases: 3,
  run: (run) => withLifetime((lifetime) => runKills(lifetime, run)),
};

async function runKills(lifetime: Lifetime, { seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const directory = join(await tempDirectory(lifetime), 'queues');
  const destination = await startDestination(lifetime);
  const random = createRandom(seed * 1000 + from);
  const sent = new Map<string, SentRequest>();
  let kills = 0;
  for (let index = from; index < from + count; index++) {
    const gateway = await startGateway(lifetime, optionsOf(directory, destination, index % 3 === 2 ? 2 : 1));
    destination.isAvailable = random(2) === 0;
    const stop = new AbortController();
    const load = sendLoad(gateway, String(index), sent, stop.signal);
    await sleep(20 + random(700));
    if (index % 4 === 3) {
      // The process shuts down and is killed in the middle, unless it has already exited.
      gateway.child.kill('SIGTERM');
      await sleep(random(300));
    }
    await gateway.kill();
    kills += 1;
    stop.abort();
    await load;
    const isLast = index === from + count - 1;
    if (!isLast && (index - from) % KILLS_PER_COMPARISON !== KILLS_PER_COMPARISON - 1) continue;
    try {
      await compareAll(lifetime, directory, destination, sent, kills);
    } catch (error) {
      fail(index, error instanceof Error ? error.message : String(error));
    }
  }
  const acknowledged = [...sent.values()].filter((request) => request.acknowledged).length;
  if (acknowledged < 10 * count) fail(from, `only ${acknowledged} requests were acknowledged by ${count} processes`);
  log(
    `${count} kills, ${sent.size} requests of ${ITEMS} items, ${acknowledged} acknowledged, ${doubles(destination)} delivered twice`,
  );
}

function optionsOf(directory: string, { url }: Destination, workers: number): GatewayOptions {
  const pipeline = '{ receivers: [otlp, otlp_websocket], exporters: [otlp_http] }';
  return {
    config: [
      `receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:0 }, http: { endpoint: 127.0.0.1:0 } } }
  otlp_websocket: { endpoint: 127.0.0.1:0 }
exporters:
  otlp_http:
    endpoint: ${url}
    encoding: json
    retry_on_failure: { initial_interval: 50ms, max_interval: 200ms }
    sending_queue: { storage: file_storage, num_consumers: ${CONSUMERS}, queue_size: 100000 }
extensions:
  file_storage: { directory: ${JSON.stringify(directory)}, create_directory: true, max_size: 20MB }
service:
  workers: ${workers}
  extensions: [file_storage]
  pipelines: { traces: ${pipeline}, logs: ${pipeline}, metrics: ${pipeline} }
`,
    ],
  };
}

/** Delivers what is left, and compares it with what was acknowledged. */
async function compareAll(
  lifetime: Lifetime,
  directory: string,
  destination: Destination,
  sent: ReadonlyMap<string, SentRequest>,
  kills: number,
): Promise<void> {
  destination.isAvailable = true;
  const gateway = await startGateway(lifetime, optionsOf(directory, destination, 1));
  const missing = () =>
    [...sent].filter(([id, { acknowledged }]) => acknowledged && destination.items().get(id)?.size !== ITEMS);
  // Each turn delivers more; a queue that delivers nothing for long has lost what is missing.
  let last = -1;
  for (let idle = 0; missing().length > 0 && idle < 100; ) {
    const now = destination.items().size;
    idle = now === last ? idle + 1 : 0;
    last = now;
    await sleep(100);
  }
  assert.deepEqual(
    missing().map(([id]) => id),
    [],
    `acknowledged requests are missing:\n${gateway.output()}`,
  );
  assert.equal(await gateway.stop(), 0, gateway.output());
  assert.doesNotMatch(gateway.output(), /damaged|missing/);
  for (const id of destination.items().keys()) assert.ok(sent.has(id), `${id} was delivered and never sent`);
  const limit = (kills + 1) * CONSUMERS * SIGNALS.length;
  assert.ok(
    doubles(destination) <= limit,
    `${doubles(destination)} requests delivered twice, up to ${limit} were in flight`,
  );
}

/** Returns how many deliveries of requests were repeated. */
function doubles(destination: Destination): number {
  let count = 0;
  for (const items of destination.items().values()) count += Math.max(0, ...items.values()) - 1;
  return count;
}
