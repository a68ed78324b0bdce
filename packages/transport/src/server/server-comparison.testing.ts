import { fork } from 'node:child_process';
import { once } from 'node:events';
import { ACCEPTED } from '@otelier/otlp';
import type { ExportHandler } from '../contract.ts';

const ROUNDS = 3;
const WARM_MILLIS = 1500;
const MEASURED_MILLIS = 2000;

/** Server variants to compare under several loads. */
export interface ServerComparison<Variant extends string, Load> {
  /** The benchmark file, which each process runs again. */
  readonly file: string;
  readonly variants: readonly Variant[];
  readonly loads: Readonly<Record<string, Load>>;
  /** Name of a request, for the output. */
  readonly unit: string;
  /** Starts a server and returns its address. */
  serve(variant: Variant, handler: ExportHandler): Promise<string>;
  /** Starts clients that send their next request as soon as they receive a response. */
  send(port: number, load: Load): void;
}

/** Prints the CPU time per request for each load and variant: the best of three runs, each in its own process. */
export async function compareServers<Variant extends string, Load>(
  comparison: ServerComparison<Variant, Load>,
): Promise<void> {
  const [role, first = '', load = ''] = process.argv.slice(2);
  if (role === 'serve') await measure(comparison, first as Variant, load);
  else if (role === 'send') comparison.send(Number(first), comparison.loads[load] as Load);
  else await compare(comparison);
}

async function compare<Variant extends string, Load>({
  file,
  variants,
  loads,
  unit,
}: ServerComparison<Variant, Load>): Promise<void> {
  for (const load of Object.keys(loads)) {
    const micros = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [variant, costs] of micros) {
        const child = fork(file, ['serve', variant, load]);
        const [cost] = await once(child, 'message');
        costs.push(Number(cost));
        await once(child, 'exit');
      }
    }
    for (const [variant, costs] of micros)
      console.log(`${load}: ${variant}: ${Math.min(...costs).toFixed(1)} µs of CPU per ${unit}`);
  }
}

async function measure<Variant extends string, Load>(
  { file, serve }: ServerComparison<Variant, Load>,
  variant: Variant,
  load: string,
): Promise<void> {
  let served = 0;
  const address = await serve(variant, {
    admit: () => ({ grow: () => true, release: () => {} }),
    export() {
      served++;
      return ACCEPTED;
    },
  });
  const clients = fork(file, ['send', String(address.split(':').at(-1)), load]);
  await new Promise((resolve) => setTimeout(resolve, WARM_MILLIS));
  const before = { served, cpu: process.cpuUsage() };
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MILLIS));
  const { user, system } = process.cpuUsage(before.cpu);
  clients.kill();
  process.send?.((user + system) / (served - before.served), () => process.exit());
}
