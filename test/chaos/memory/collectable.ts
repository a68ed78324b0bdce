import { join } from 'node:path';
import type { Gateway } from '../../e2e/gateway.ts';

/** The shell command that makes the garbage of a gateway collectable on request, so that only retained memory is measured. */
export const COLLECTABLE: string = `export NODE_OPTIONS="--import ${join(import.meta.dirname, 'collect-garbage.ts')}"`;

/** Returns the resident memory of a gateway that runs with `COLLECTABLE`, after a garbage collection, in megabytes. */
export async function residentMegabytes({ child, output }: Pick<Gateway, 'child' | 'output'>): Promise<number> {
  const reports = () => [...output().matchAll(/resident after collection: (\d+)/g)];
  const before = reports().length;
  child.kill('SIGUSR2');
  for (;;) {
    const report = reports()[before];
    if (report !== undefined) return Math.round(Number(report[1]) / 2 ** 20);
    await new Promise((resolve) => child.stderr?.once('data', resolve));
  }
}
