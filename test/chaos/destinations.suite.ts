import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal } from '@otelier/otlp';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { Arrivals } from './destinations/arrivals.ts';
import { DESTINATIONS, type Destination } from './destinations/destinations.ts';
import { type ItemSender, REQUEST_ITEMS, startItems } from './destinations/send-items.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** Seconds that the destinations are away in each case. */
const OUTAGES_SECONDS = [1, 10, 30];
/** Time without any arrival after which what is missing counts as lost. */
const IDLE_MILLIS = 30_000;

/**
 * Items that can be in the socket buffers of a destination without acknowledgments when it stops: those of one batch for
 * each of the ten connections that a queue has open at once.
 */
const MAX_UNACKNOWLEDGED = 10 * REQUEST_ITEMS;

/**
 * Sends to all destinations, each with a durable queue, stops all of them, kills the process meanwhile, and starts the
 * destinations again: every acknowledged item arrives at each of them.
 */
export const suite: ChaosSuite = {
  name: 'destinations',
  summary: 'each destination gets everything after an outage with a killed process',
  cases: OUTAGES_SECONDS.length,
  sampleCases: 1,
  async run({ from, count, ...run }) {
    for (let index = from; index < from + count; index++) {
      await withLifetime((lifetime) => runOutage(lifetime, index, run)).catch((error) =>
        run.fail(index, error instanceof Error ? (error.stack ?? error.message) : String(error)),
      );
    }
  },
};

/** A destination during a case. */
interface Running {
  readonly destination: Destination;
  readonly port: number;
  readonly arrivals: Arrivals;
  stop: () => Promise<void>;
}

async function runOutage(lifetime: Lifetime, index: number, run: Pick<ChaosRun, 'fail' | 'log'>): Promise<void> {
  const seconds = OUTAGES_SECONDS[index] ?? 1;
  const ports = await freePorts(DESTINATIONS.length);
  const all = DESTINATIONS.map((destination, position): Running => {
    const port = ports[position] ?? 0;
    return { destination, port, arrivals: new Arrivals(), stop: async () => {} };
  });
  lifetime.after(() => stopAll(all));
  await startAll(all);
  const config = JSON.stringify(configOf(join(await tempDirectory(lifetime), 'queues'), all));
  const shell = 'export AWS_ACCESS_KEY_ID=chaos AWS_SECRET_ACCESS_KEY=chaos';
  const start = (): Promise<Gateway> => startGateway(lifetime, { config: [config], shell });
  let gateway = await start();
  const items = startItems(() => gateway.http);
  await sleep(500 * seconds);
  await stopAll(all);
  await sleep(500 * seconds);
  await gateway.kill();
  gateway = await start();
  await sleep(500 * seconds);
  await items.stop();
  await startAll(all);
  await waitForAll(all, items);
  const report = all.map((one) => `${one.destination.name} ${one.arrivals.repeated}`).join(', ');
  const sent = SIGNALS.map((signal) => `${items.acknowledged(signal).length} ${signal}`).join(', ');
  const lacking = all.flatMap((one) => lackingOf(one, missingOf(one, items)));
  run.log(
    `outage of ${seconds} s: ${sent}; ${lacking.map(({ text }) => text).join(', ') || 'nothing lost'}; repeated: ${report}`,
  );
  const lost = lacking.filter(({ isAllowed }) => !isAllowed).map(({ text }) => text);
  if (lost.length > 0) run.fail(index, `${lost.join(', ')}:\n${gateway.output().slice(-4000)}`);
  await gateway.stop();
}

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

async function startAll(all: readonly Running[]): Promise<void> {
  await Promise.all(
    all.map(async (one) => {
      one.stop = await one.destination.start(one.port, one.arrivals);
    }),
  );
}

async function stopAll(all: readonly Running[]): Promise<void> {
  await Promise.all(
    all.map(async (one) => {
      const { stop } = one;
      one.stop = async () => {};
      await stop();
    }),
  );
}

function lackingOf({ destination: { name, isUnacknowledged } }: Running, missing: number) {
  if (missing === 0) return [];
  return [{ text: `${name} lacks ${missing}`, isAllowed: isUnacknowledged === true && missing <= MAX_UNACKNOWLEDGED }];
}

function missingOf({ destination, arrivals }: Running, items: ItemSender): number {
  return items.acknowledged(destination.signal).filter((number) => !arrivals.numbers.has(number)).length;
}

/** Waits until everything has arrived, or nothing has for a long time. */
async function waitForAll(all: readonly Running[], items: ItemSender): Promise<void> {
  const missing = (): number => all.reduce((sum, one) => sum + missingOf(one, items), 0);
  let [last, since] = [missing(), performance.now()];
  while (last > 0 && performance.now() - since < IDLE_MILLIS) {
    await sleep(50);
    const now = missing();
    if (now !== last) since = performance.now();
    last = now;
  }
}

function configOf(directory: string, all: readonly Running[]): object {
  const queue = { storage: 'file_storage', queue_size: 1_000_000 };
  const retry = { initial_interval: '100ms', max_interval: '500ms', max_elapsed_time: 0 };
  const exporters = all.map(({ destination, port }) => [
    destination.name,
    { ...destination.config(port), sending_queue: queue, retry_on_failure: retry },
  ]);
  const namesOf = (signal: Signal) =>
    all.filter(({ destination }) => destination.signal === signal).map(({ destination }) => destination.name);
  return {
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
    exporters: Object.fromEntries(exporters),
    extensions: { file_storage: { directory, create_directory: true } },
    service: {
      extensions: ['file_storage'],
      pipelines: Object.fromEntries(
        SIGNALS.map((signal) => [signal, { receivers: ['otlp'], exporters: namesOf(signal) }]),
      ),
    },
  };
}
