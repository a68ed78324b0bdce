import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { type Gateway, type Lifetime, startGateway, withLifetime } from '../e2e/gateway.ts';
import { COLLECTABLE } from './memory/collectable.ts';
import { type Addresses, generateConfig } from './reload/configs.ts';
import { Load, pause, startSink } from './reload/load.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** A suite that reloads generated configurations while real senders send at half of the capacity. */
export const suite: ChaosSuite = {
  name: 'reload',
  summary: 'reloads of any configuration under load lose and double nothing, and a broken one changes nothing',
  cases: 200,
  sampleCases: 5,
  async run(run) {
    // Every case twice: in one thread, and with workers.
    for (const workers of [1, 2]) await reloadUnderLoad(run, workers);
  },
};

/** Time for which senders send after each reload. */
const BETWEEN_MILLIS = 150;

async function reloadUnderLoad(run: ChaosRun, workers: number): Promise<void> {
  await withLifetime(async (lifetime) => {
    const sink = await startSink(lifetime);
    const addresses = await findAddresses(lifetime, sink.grpc, sink.http);
    const before = run.from === 0 ? 0 : run.from - 1;
    // The configuration before the first case must be valid to start with it.
    const first = [before, 0].map((index) => generateConfig(run.seed, index, addresses, workers)).find(isValid);
    const gateway = await startGateway(lifetime, { config: [first?.yaml ?? ''], shell: COLLECTABLE });
    const load = new Load(addresses);
    const perSecond = await load.pace(0.5, Math.min(2000, 200 * run.count));
    const measured = load.millis.length;
    const memory: number[] = [];
    for (let index = run.from; index < run.from + run.count; index++) {
      await reloadOnce(run, index, gateway, addresses, workers);
      if ((index - run.from) % 25 === 24) memory.push(await memoryOf(gateway));
      await pause(BETWEEN_MILLIS);
    }
    await load.stop();
    const code = await gateway.stop();
    if (code !== 0) run.fail(run.from, `the gateway exited with code ${code}:\n${gateway.output().slice(-2000)}`);
    checkItems(run, load.accepted, sink.counts, gateway);
    report(run, workers, { perSecond, millis: load.millis.slice(measured), memory, repeated: load.repeated });
  });
}

function isValid({ mistake }: { readonly mistake: string | undefined }): boolean {
  return mistake === undefined;
}

async function reloadOnce(
  run: ChaosRun,
  index: number,
  { api, configFiles }: Gateway,
  addresses: Addresses,
  workers: number,
) {
  const { yaml, mistake } = generateConfig(run.seed, index, addresses, workers);
  const graph = async () => JSON.stringify((await api.get('/pipeline')).nodes.map(({ id, summary }) => [id, summary]));
  const before = await graph();
  await writeFile(configFiles[0] ?? '', yaml);
  const { result, reason, lostItems } = await api.reload();
  if (mistake === undefined) {
    if (result === 'rolled_back') run.fail(index, `rolled back: ${reason}\n${yaml}`);
    if (lostItems !== undefined) run.fail(index, `${lostItems} items lost: ${reason}`);
    return;
  }
  if (result !== 'rolled_back') run.fail(index, `expected a roll-back because of the ${mistake}, got ${result}`);
  if (before !== (await graph())) run.fail(index, `a configuration with a wrong ${mistake} changed the graph`);
}

function checkItems(
  run: ChaosRun,
  accepted: readonly string[],
  counts: ReadonlyMap<string, number>,
  gateway: Gateway,
): void {
  const lost = accepted.filter((name) => !counts.has(name));
  const doubled = [...counts].filter(([, count]) => count > 1);
  if (lost.length > 0)
    run.fail(run.from, `${lost.length} of ${accepted.length} items lost, such as ${lost.slice(0, 3)}`);
  if (doubled.length > 0) run.fail(run.from, `${doubled.length} items doubled, such as ${doubled.slice(0, 3)}`);
  if (lost.length + doubled.length > 0) run.log(gateway.output().slice(-4000));
}

interface Measured {
  readonly perSecond: number;
  readonly millis: readonly number[];
  readonly memory: readonly number[];
  readonly repeated: ReadonlyMap<string, number>;
}

function report(run: ChaosRun, workers: number, { perSecond, millis, memory, repeated }: Measured): void {
  const sorted = millis.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const mebibytes = memory.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(' ');
  run.log(
    `workers ${workers}: ${run.count} reloads, ${millis.length} requests at half of ${perSecond.toFixed(0)}/s, ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(0.99999)} ms; memory after every 25 reloads: ${mebibytes} MiB`,
  );
  for (const [reason, count] of repeated) run.log(`  repeated ${count} times: ${reason}`);
}

/** Returns the memory that is in use by JavaScript in all threads, after a garbage collection. */
async function memoryOf({ api, child }: Gateway): Promise<number> {
  const values: number[] = [];
  for (let count = 0; count < 5; count++) {
    child.kill('SIGUSR2');
    // Threads report their memory every 250 ms.
    await pause(300);
    const { heapBytes, externalBytes } = (await api.get('/pipeline')).process;
    values.push(heapBytes + externalBytes);
  }
  return Math.min(...values);
}

/** Returns addresses that are free, and one that is not. */
async function findAddresses(lifetime: Lifetime, sinkGrpc: string, sinkHttp: string): Promise<Addresses> {
  const addresses = (await freePorts(5)).map((port) => `127.0.0.1:${port}`);
  const [grpc = '', http = '', workbench = '', spare = '', taken = ''] = addresses;
  const server = createServer().listen(Number(taken.split(':')[1]), '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(async () => void server.close());
  return { grpc, http, workbench, spare, taken, sinkGrpc, sinkHttp };
}
