import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@otelier/testkit/otlp/random';
import {
  type Gateway,
  type GatewayOptions,
  type Lifetime,
  startGateway,
  tempDirectory,
  withLifetime,
} from '../e2e/gateway.ts';
import { createProvider, type Encrypted, KEY_FILE } from './damage/encrypted.ts';
import { type SentRequest, sendLoad, WAYS } from './kill/load.ts';
import { type Found, readByApi, readByHyparquet } from './kill/readers.ts';
import { ITEMS, SIGNALS } from './kill/requests.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** Number of kills between comparisons of acknowledged and stored items. */
const KILLS_PER_COMPARISON = 10;

/**
 * Repeatedly kills a process on the same store; each case is one kill. Files are small, so that many are being written
 * or removed by retention at the time. Three of four processes are killed under load, and the fourth during shutdown.
 * One in four is preceded by a process that is killed during startup. With 2 threads, requests pass between threads
 * before they are stored. Encryption is switched on for the second process, so that most files are encrypted.
 */
export const suite: ChaosSuite = {
  name: 'kill',
  summary: 'a killed process has stored acknowledged items exactly once and others at most once',
  cases: 100,
  sampleCases: 4,
  run: (run) => withLifetime((lifetime) => runKills(lifetime, run)),
};

async function runKills(lifetime: Lifetime, { seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const root = await tempDirectory(lifetime);
  const directory = join(root, 'store');
  const encryption = createProvider(root);
  const random = createRandom(seed * 1000 + from);
  const sent = new Map<string, SentRequest>();
  const compare = async (index: number): Promise<void> => {
    try {
      await compareAll(lifetime, directory, sent, encryption);
    } catch (error) {
      fail(index, error instanceof Error ? error.message : String(error));
    }
  };
  for (let index = from; index < from + count; index++) {
    await killOnce(lifetime, directory, sent, { index, from, random });
    const isLast = index === from + count - 1;
    if (isLast || (index - from) % KILLS_PER_COMPARISON === KILLS_PER_COMPARISON - 1) await compare(index);
  }
  const acknowledged = WAYS.map((way) => {
    const ofWay = [...sent].filter(([id, request]) => id.includes(`-${way}-`) && request.acknowledged).length;
    if (ofWay < 2 * count) fail(from, `only ${ofWay} requests by ${way} were acknowledged by ${count} processes`);
    return `${ofWay} by ${way}`;
  });
  log(`${count} kills, ${sent.size} requests of ${ITEMS} items, acknowledged: ${acknowledged.join(', ')}`);
}

async function killOnce(
  lifetime: Lifetime,
  directory: string,
  sent: Map<string, SentRequest>,
  {
    index,
    from,
    random,
  }: { readonly index: number; readonly from: number; readonly random: (below: number) => number },
): Promise<void> {
  const options = optionsOf(directory, index % 3 === 2 ? 2 : 1, index - from >= UNENCRYPTED);
  if (index % 4 === 1) await startAndKill(lifetime, options, 50 + random(700));
  const gateway = await startGateway(lifetime, options);
  const stop = new AbortController();
  const load = sendLoad(gateway, String(index), sent, stop.signal);
  await sleep(20 + random(700));
  if (index % 4 === 3) {
    // The process is killed while it drains, unless it has already exited.
    gateway.child.kill('SIGTERM');
    await sleep(random(300));
  }
  await gateway.kill();
  stop.abort();
  await load;
}

async function startAndKill(lifetime: Lifetime, options: GatewayOptions, millis: number): Promise<void> {
  const signal = AbortSignal.timeout(millis);
  const gateway = await startGateway(lifetime, { ...options, killedBy: signal }).catch((error) => {
    assert.ok(signal.aborted, `the process exited: ${error}`);
  });
  await gateway?.kill();
}

/** Number of processes that do not encrypt. */
const UNENCRYPTED = 1;

function optionsOf(directory: string, workers: number, isEncrypted = true): GatewayOptions {
  const path = JSON.stringify(join(directory, '..', KEY_FILE));
  const encryption = isEncrypted ? `encryption: { provider: file, path: ${path} }` : '';
  const pipeline = '{ receivers: [otlp, otlp_websocket], exporters: [store] }';
  return {
    config: [
      `receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:0 }, http: { endpoint: 127.0.0.1:0 } } }
  otlp_websocket: { endpoint: 127.0.0.1:0 }
exporters:
  store: { directory: ${JSON.stringify(directory)}, rows_per_file: 1000, ${encryption} }
extensions:
  workbench: { endpoint: 127.0.0.1:0 }
service:
  workers: ${workers}
  extensions: [workbench]
  pipelines: { traces: ${pipeline}, logs: ${pipeline}, metrics: ${pipeline} }
`,
    ],
  };
}

/** Compares with two readers that share nothing but the files, and again after a clean restart. */
async function compareAll(
  lifetime: Lifetime,
  directory: string,
  sent: ReadonlyMap<string, SentRequest>,
  encryption: Encrypted['options'],
): Promise<void> {
  const gateway = await startGateway(lifetime, optionsOf(directory, 1));
  await compareByApi(gateway, sent, 'API after the kill');
  assert.equal(await gateway.stop(), 0, gateway.output());
  const found = await readByHyparquet(directory, encryption);
  for (const signal of SIGNALS) compareOne(found[signal], signal, sent, 'hyparquet');
  const restarted = await startGateway(lifetime, optionsOf(directory, 2));
  await compareByApi(restarted, sent, 'API after a restart');
  assert.equal(await restarted.stop(), 0, restarted.output());
}

async function compareByApi(gateway: Gateway, sent: ReadonlyMap<string, SentRequest>, reader: string): Promise<void> {
  for (const signal of SIGNALS) compareOne(await readByApi(gateway, signal), signal, sent, reader);
}

function compareOne(found: Found, signal: string, sent: ReadonlyMap<string, SentRequest>, reader: string): void {
  const stored = new Map(found);
  for (const [id, request] of sent) {
    if (request.signal !== signal) continue;
    const counts = stored.get(id);
    stored.delete(id);
    // A request must be stored completely or not at all, and never twice.
    if (counts === undefined && (!request.acknowledged || request.isOld)) continue;
    assert.deepEqual(counts, [ITEMS, ITEMS], `${reader}: ${signal} ${id}, acknowledged: ${request.acknowledged}`);
  }
  assert.deepEqual([...stored], [], `${reader}: ${signal} has items that were not sent`);
}
