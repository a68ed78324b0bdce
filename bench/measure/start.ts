import { join } from 'node:path';
import type { Metrics } from '../metrics.ts';
import { residentMegabytes, startPinned } from '../pinned.ts';
import { builtInCommand, type Surroundings } from '../programs.ts';

/** Time after start-up until memory usage is stable. */
const SETTLE_MILLIS = 3_000;

/** Measures the start-up time with a warm compile cache, and the memory usage before and after the first query. */
export async function measureStart({ directory, ports }: Surroundings): Promise<Metrics> {
  const start = (data: string) =>
    startPinned('0,1', builtInCommand(join(directory, data), ports), [ports.grpc, ports.http, ports.page], 2);
  // Populates the compile cache and is not measured.
  await (await start('first'))[Symbol.asyncDispose]();
  const begun = performance.now();
  await using program = await start('second');
  const startMillis = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLIS));
  const idle = await residentMegabytes(program.pid);
  const response = await fetch(`http://127.0.0.1:${ports.page}/api/v1/sql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"statement":"select count(*) from spans"}',
  });
  if (!response.ok) throw new Error(`the first query returned status ${response.status}: ${await response.text()}`);
  const queried = await residentMegabytes(program.pid);
  return { startMillis, idleMegabytes: idle.now, queriedMegabytes: queried.now };
}
