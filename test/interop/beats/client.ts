import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { beats } from '../../../packages/collector/src/receivers/beats.ts';
import { portOf, waitForRecords } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import type { Comparison } from '../check.ts';
import { runStep } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'beats');
const KINDS = ['sync', 'compressed', 'async'];
const COUNT = 1000;

/** Sends events with Elastic's client for Go (`go/`), which waits for acknowledgments of all of them. */
export async function compareBeatsClient(): Promise<Comparison> {
  mkdirSync(DIRECTORY, { recursive: true });
  const program = join(DIRECTORY, 'send');
  const bench = await createComponentBench(beats, { clock: systemClock, config: { endpoint: '127.0.0.1:0' } });
  await bench.start();
  await runStep(['go', 'build', '-o', program, '.'], join(import.meta.dirname, 'go'));
  await runStep([program, String(portOf(bench))], DIRECTORY);
  const compared = KINDS.length * COUNT;
  const received = new Set((await waitForRecords(bench, compared)).map(({ body }) => body));
  await bench.close();
  const wanted = KINDS.flatMap((kind) => Array.from({ length: COUNT }, (_, i) => `${kind} ${i}`));
  return { compared, mismatches: wanted.filter((body) => !received.has(body)).map((body) => `${body} is missing`) };
}
