import { writeFile } from 'node:fs/promises';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { freeAddress } from '@otelier/testkit/servers/free-ports';
import { type Gateway, startGateway, withLifetime } from '../e2e/gateway.ts';
import { findImbalances, untilQuiet } from './ledger/check-ledger.ts';
import { KillableSink, ledgerConfig } from './ledger/gateway-config.ts';
import { Load, pause } from './reload/load.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** A suite that checks the ledger while configurations are reloaded, the backend is killed, and senders send too much. */
export const suite: ChaosSuite = {
  name: 'ledger',
  summary: 'the ledger balances to the item at every moment of reloads, kills of the backend and overload',
  cases: 120,
  sampleCases: 3,
  async run(run) {
    // Every case twice: in one thread, and with workers.
    for (const workers of [1, 2]) await disturb(run, workers);
  },
};

/** Time for which senders send in each state. */
const PHASE_MILLIS = 150;

/** Number of times that the ledger is read in each state. */
const READS = 5;

async function disturb(run: ChaosRun, workers: number): Promise<void> {
  await withLifetime(async (lifetime) => {
    const sink = new KillableSink();
    await sink.start();
    lifetime.after(() => sink.stop());
    const addresses = { grpc: await freeAddress(), http: await freeAddress(), workbench: await freeAddress() };
    const configOf = (random: Random) => ledgerConfig(random, { ...addresses, sink: sink.address }, workers);
    const gateway = await startGateway(lifetime, { config: [configOf(createRandom(run.seed))] });
    const load = new Load(addresses);
    load.pauseMillis = 5;
    const reads = { count: 0 };
    for (let index = run.from; index < run.from + run.count; index++) {
      const random = createRandom(run.seed * 1_000_003 + index);
      await disturbOnce({ run, index, random, gateway, load, sink, reads, config: configOf(random) });
    }
    await sink.start();
    await load.stop();
    await untilQuiet(gateway.api);
    const ledger = await gateway.api.get('/pipeline/ledger');
    for (const imbalance of findImbalances(ledger)) run.fail(run.from, `at the end: ${imbalance}`);
    run.log(`workers ${workers}: ${load.accepted.length} spans accepted, ledger read ${reads.count} times`);
  });
}

interface Disturbance {
  readonly run: ChaosRun;
  readonly index: number;
  readonly random: Random;
  readonly gateway: Gateway;
  readonly load: Load;
  readonly sink: KillableSink;
  readonly reads: { count: number };
  readonly config: string;
}

async function disturbOnce(disturbance: Disturbance): Promise<void> {
  const { run, index, random, gateway, load, sink, config } = disturbance;
  const kind = (['reload', 'kill', 'overload'] as const)[random(3)] ?? 'reload';
  switch (kind) {
    case 'reload': {
      await writeFile(gateway.configFiles[0] ?? '', config);
      const reloading = gateway.api.reload();
      await readLedger(disturbance, kind);
      const { result, reason } = await reloading;
      if (result === 'rolled_back') run.fail(index, `rolled back: ${reason}`);
      break;
    }
    case 'kill':
      await sink.stop();
      await readLedger(disturbance, kind);
      await sink.start();
      break;
    case 'overload':
      load.pauseMillis = 0;
      await readLedger(disturbance, kind);
      load.pauseMillis = 5;
      break;
  }
  await readLedger(disturbance, `after ${kind}`);
}

async function readLedger({ run, index, gateway, reads }: Disturbance, when: string): Promise<void> {
  for (let count = 0; count < READS; count++) {
    const ledger = await gateway.api.get('/pipeline/ledger');
    reads.count += 1;
    for (const imbalance of findImbalances(ledger)) run.fail(index, `${when}: ${imbalance}`);
    await pause(PHASE_MILLIS / READS);
  }
}
