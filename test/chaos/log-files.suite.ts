import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@otelier/testkit/otlp/random';
import { type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { type LineDestination, startLineDestination } from './log-files/received-lines.ts';
import { type Rotation, startWriters, type Writers } from './log-files/writers.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** Largest batch of the receiver, which a kill can double. */
const MAX_BATCH_LINES = 10_000;
/** A sample is small enough for `npm test`. */
const SMALL = { fileCount: 10, linesPerSecond: 2000 } as const;
const FULL = { fileCount: 100, linesPerSecond: 20_000 } as const;
const SAMPLE_CASES = 1;
/** Kills with each way of rotation. */
const KILLS = 10;
const ROTATIONS: readonly Rotation[] = ['move', 'copy'];

/**
 * Kills one process after the other while log files are written and rotated, by moving them in the first ten cases, and
 * by copying and truncating them in the others; each case is one kill. At the end, every line has arrived except those
 * that were written between a copy and the truncation, and at most one batch a kill twice.
 */
export const suite: ChaosSuite = {
  name: 'log-files',
  summary: 'killed processes read every line of rotated log files, and at most one batch a kill twice',
  cases: KILLS * ROTATIONS.length,
  sampleCases: SAMPLE_CASES,
  async run(run) {
    for (const [index, rotation] of ROTATIONS.entries()) {
      const from = Math.max(run.from, index * KILLS);
      const count = Math.min(run.from + run.count, (index + 1) * KILLS) - from;
      if (count > 0) await withLifetime((lifetime) => runKills(lifetime, rotation, { ...run, from, count }));
    }
  },
};

async function runKills(lifetime: Lifetime, rotation: Rotation, run: ChaosRun): Promise<void> {
  const { seed, from, count, fail, log } = run;
  const root = await tempDirectory(lifetime);
  const directory = join(root, 'logs');
  mkdirSync(directory);
  const size = count > SAMPLE_CASES ? FULL : SMALL;
  const destination = await startLineDestination(lifetime, size.fileCount);
  const config = [configOf(directory, join(root, 'positions'), destination.url)];
  const random = createRandom(seed * 1000 + from);
  const writers = startWriters({ directory, ...size, rotationMillis: 1000, rotation });
  lifetime.after(async () => writers.stop());
  for (let index = from; index < from + count; index++) {
    writers.isPaused = true;
    const gateway = await startGateway(lifetime, { config });
    writers.isPaused = false;
    await sleep(200 + random(count > SAMPLE_CASES ? 2000 : 400));
    await gateway.kill();
    // Files are written and rotated without a reader too.
    await sleep(random(count > SAMPLE_CASES ? 1500 : 300));
  }
  writers.isPaused = true;
  const gateway = await startGateway(lifetime, { config });
  await waitForAll(writers, destination);
  await gateway.stop();
  const { missing, uncopied, doubled, written } = compare(writers, destination);
  if (missing > 0) fail(from, `${missing} of ${written} lines are missing:\n${gateway.output()}`);
  if (doubled > count * MAX_BATCH_LINES) fail(from, `${doubled} lines arrived twice after ${count} kills`);
  const gaps =
    rotation === 'copy' ? `, ${uncopied} of ${countOf(writers.uncopied)} between a copy and its truncation lost` : '';
  log(
    `${count} kills, ${written} lines of ${size.fileCount} files, rotation by ${rotation}, ${missing} missing${gaps}, ${doubled} twice`,
  );
}

const countOf = (sets: readonly ReadonlySet<number>[]): number => sets.reduce((sum, { size }) => sum + size, 0);

function configOf(directory: string, positions: string, url: string): string {
  return `receivers:
  file_log: { include: [${JSON.stringify(join(directory, '*.log*'))}], start_at: beginning, storage: file_storage }
exporters:
  otlp_http: { endpoint: ${url}, encoding: json, compression: none, sending_queue: { enabled: false } }
extensions:
  file_storage: { directory: ${JSON.stringify(positions)}, create_directory: true, timeout: 10s }
service:
  extensions: [file_storage]
  pipelines: { logs: { receivers: [file_log], exporters: [otlp_http] } }
`;
}

/** Waits until all lines have arrived, or none has for a long time. */
async function waitForAll(writers: Writers, destination: LineDestination): Promise<void> {
  let last = -1;
  for (let idle = 0; idle < 600; ) {
    const { missing } = compare(writers, destination);
    if (missing === 0) return;
    idle = missing === last ? idle + 1 : 0;
    last = missing;
    await sleep(50);
  }
}

/** Counts the lines that are missing, those of them that were in no copy apart, and those that arrived again. */
function compare({ written, uncopied }: Writers, { counts }: LineDestination) {
  const result = { missing: 0, uncopied: 0, doubled: 0, written: 0 };
  for (const [file, lines] of written.entries()) {
    result.written += lines;
    for (let line = 0; line < lines; line++) {
      const arrived = counts[file]?.[line] ?? 0;
      if (arrived === 0) result[uncopied[file]?.has(line) ? 'uncopied' : 'missing']++;
      if (arrived > 1) result.doubled += arrived - 1;
    }
  }
  return result;
}
