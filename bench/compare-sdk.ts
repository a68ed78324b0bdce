/**
 * Compares the client library in this checkout with an earlier one: runs its benchmarks in alternating pairs and prints
 * the speed ratio of each row with its 95 % confidence interval.
 *
 *   git worktree add ../before COMMIT && (cd ../before && npm ci)
 *   node bench/compare-sdk.ts --before ../before --pairs 15
 *
 * Exits with status 1 if a lower bound is below `--bound`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { estimateRatio } from './ratio.ts';

const { values: options } = parseArgs({
  options: {
    before: { type: 'string' },
    pairs: { type: 'string', default: '15' },
    bound: { type: 'string', default: '0.97' },
  },
});
if (options.before === undefined) {
  process.stderr.write('--before: expected the directory of an earlier checkout\n');
  process.exit(2);
}
const SINK = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
const METRIC_ROUNDS = '5';

/** Speeds by row; higher is faster. */
type Speeds = Readonly<Record<string, number>>;

const checkouts = [resolve(options.before), resolve(import.meta.dirname, '..')] as const;
const sink = spawn(process.execPath, ['-e', SINK], { stdio: ['ignore', 'pipe', 'inherit'] });
const url = `http://127.0.0.1:${await portOf(sink)}`;
const pairs = new Map<string, { before: number; after: number }[]>();
for (let pair = 0; pair < Number(options.pairs); pair++) {
  const [before, after] = pair % 2 === 0 ? checkouts.map(speedsOf) : checkouts.toReversed().map(speedsOf).toReversed();
  for (const [row, speed] of Object.entries(before ?? {})) {
    const list = pairs.get(row) ?? [];
    list.push({ before: speed, after: after?.[row] ?? Number.NaN });
    pairs.set(row, list);
  }
}
sink.kill();
let isSlower = false;
for (const [row, list] of pairs) {
  const { ratio, low, high } = estimateRatio(list);
  isSlower ||= !(low >= Number(options.bound));
  process.stdout.write(
    `${low >= Number(options.bound) ? '✔' : '✖'} ${row.padEnd(34)} ${ratio.toFixed(3)} × before (95 %: ${low.toFixed(3)} to ${high.toFixed(3)}), ${list.length} pairs\n`,
  );
}
process.exit(isSlower ? 1 : 0);

async function portOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the sink has no output');
  const [port] = (await once(stdout, 'data')) as [Buffer];
  return String(port).trim();
}

function speedsOf(checkout: string): Speeds {
  const { spansPerCpuSecond = 0 } = JSON.parse(run(checkout, 'trace/span.bench.ts', '0', 'otelier', url));
  const { recordsPerCpuSecond = 0 } = JSON.parse(run(checkout, 'logs/logs.bench.ts', '0', 'otelier', url));
  const metrics = run(checkout, 'metrics/metrics.bench.ts', METRIC_ROUNDS)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { row: string; otelierNanos: number });
  return {
    spans: spansPerCpuSecond,
    'log records': recordsPerCpuSecond,
    ...Object.fromEntries(metrics.map(({ row, otelierNanos }) => [row, 1 / otelierNanos])),
  };
}

function run(checkout: string, file: string, ...args: readonly string[]): string {
  const path = join(checkout, 'packages', 'sdk', 'src', file);
  const { stdout, status } = spawnSync(process.execPath, [path, ...args], {
    cwd: checkout,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${path} failed`);
  return stdout;
}
