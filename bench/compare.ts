/**
 * Compares this checkout with an earlier one: runs each scenario in alternating pairs and prints the ratio of items per
 * CPU-second with its 95 % confidence interval.
 *
 *   git worktree add ../before COMMIT && (cd ../before && npm ci)
 *   node bench/compare.ts --before ../before                          the engine and the store, 15 pairs
 *   node bench/compare.ts --before ../before --only nop-grpc-1000     one scenario of `npm run bench -- --list`
 *   node bench/compare.ts --before ../before --pairs 30 --seconds 3 --bound 0.97
 *   node bench/compare.ts --before ../before --only store,store-logs,store-metrics --rivals
 *
 * Exits with status 1 if a lower bound is below `--bound`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { measureLoad } from './measure/load.ts';
import { measureStore } from './measure/store.ts';
import { type Metrics, median } from './metrics.ts';
import { estimateRatio } from './ratio.ts';
import type { Contestant, LoadScenario, StoreScenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';

const { values: options } = parseArgs({
  options: {
    before: { type: 'string' },
    only: {
      type: 'string',
      default: 'nop-grpc-1000,nop-grpc-10,nop-http-1000,nop-http-1000-gzip,forward-traces-none,store',
    },
    pairs: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '3' },
    bound: { type: 'string', default: '0.97' },
    // Also measures the other programs of each scenario, once per pair.
    rivals: { type: 'boolean', default: false },
    peers: { type: 'string', default: join(tmpdir(), 'peers') },
  },
});
if (options.before === undefined) {
  process.stderr.write('--before: expected the directory of an earlier checkout\n');
  process.exit(2);
}
const before = resolve(options.before);
const after = resolve(import.meta.dirname, '..');
let isSlower = false;
for (const name of options.only.split(',')) {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined || scenario.kind === 'start') {
    process.stderr.write(
      `--only: expected scenarios of \`npm run bench -- --list\` that measure items, got "${name}"\n`,
    );
    process.exit(2);
  }
  const [contestant, ...others] = scenario.contestants;
  const against: { readonly name: string; readonly pairs: Pair[] }[] = [{ name: 'before', pairs: [] }];
  if (options.rivals) against.push(...others.map(({ name }) => ({ name, pairs: [] })));
  const bytes: number[] = [];
  for (let pair = 0; pair < Number(options.pairs); pair++) {
    // Every other pair runs in reverse order, so that neither checkout always runs second.
    const order = pair % 2 === 0 ? [before, after] : [after, before];
    const [first, second] = [
      await measure(scenario, contestant, order[0]),
      await measure(scenario, contestant, order[1]),
    ];
    const [earlier, own] = pair % 2 === 0 ? [first, second] : [second, first];
    if (own.bytesPerItem !== undefined) bytes.push(own.bytesPerItem);
    for (const { name: other, pairs } of against) {
      const rival = others.find((candidate) => candidate.name === other);
      const measured = rival === undefined ? earlier : await measure(scenario, rival);
      pairs.push({ before: measured.itemsPerCpuSecond ?? 0, after: own.itemsPerCpuSecond ?? 0 });
    }
  }
  for (const { name: other, pairs } of against) {
    const { ratio, low, high } = estimateRatio(pairs);
    const isLow = other === 'before' && low < Number(options.bound);
    isSlower ||= isLow;
    const rate = median(pairs.map((pair) => pair.after));
    const size = bytes.length === 0 ? '' : `, ${median(bytes).toFixed(1)} bytes per item`;
    process.stdout.write(
      `${isLow ? '✖' : '✔'} ${name.padEnd(22)} ${ratio.toFixed(3)} × ${other} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)}), ` +
        `${pairs.length} pairs, ${Math.round(rate / 1000)} k items per CPU-second${size}\n`,
    );
  }
}
process.exit(isSlower ? 1 : 0);

interface Pair {
  readonly before: number;
  readonly after: number;
}

/** Measures a contestant of a scenario, otelier from the given checkout. */
async function measure(
  scenario: LoadScenario | StoreScenario,
  contestant: Contestant,
  checkout = after,
): Promise<Metrics> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-compare-'));
  const [grpc = 0, http = 0, page = 0, sinkGrpc = 0, sinkHttp = 0] = await freePorts(5);
  const surroundings = { checkout, directory, peers: options.peers, ports: { grpc, http, page, sinkGrpc, sinkHttp } };
  try {
    return scenario.kind === 'store'
      ? await measureStore(scenario, contestant, surroundings, Number(options.seconds))
      : await measureLoad(scenario, contestant, surroundings, Number(options.seconds));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
