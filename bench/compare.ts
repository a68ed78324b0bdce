/**
 * Compares this checkout with an earlier one: runs each scenario in alternating pairs and prints the ratio of items per
 * CPU-second with its 95 % confidence interval.
 *
 *   git worktree add ../before COMMIT && (cd ../before && npm ci)
 *   node bench/compare.ts --before ../before                          the engine and the store, 15 pairs
 *   node bench/compare.ts --before ../before --only nop-grpc-1000     one scenario of `npm run bench -- --list`
 *   node bench/compare.ts --before ../before --pairs 30 --seconds 3 --bound 0.97
 *
 * Exits with status 1 if a lower bound is below `--bound`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '../test/interop/processes.ts';
import { measureLoad } from './measure/load.ts';
import { measureStore } from './measure/store.ts';
import { estimateRatio } from './ratio.ts';
import type { LoadScenario, StoreScenario } from './scenario.ts';
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
  const pairs: { before: number; after: number }[] = [];
  for (let pair = 0; pair < Number(options.pairs); pair++) {
    // Every other pair runs in reverse order, so that neither checkout always runs second.
    const order = pair % 2 === 0 ? [before, after] : [after, before];
    const [first = 0, second = 0] = [await measure(scenario, order[0]), await measure(scenario, order[1])];
    pairs.push(pair % 2 === 0 ? { before: first, after: second } : { before: second, after: first });
  }
  const { ratio, low, high } = estimateRatio(pairs);
  isSlower ||= low < Number(options.bound);
  const mark = low < Number(options.bound) ? '✖' : '✔';
  process.stdout.write(
    `${mark} ${name.padEnd(22)} ${ratio.toFixed(3)} × before (95 %: ${low.toFixed(3)} to ${high.toFixed(3)}), ${pairs.length} pairs\n`,
  );
}
process.exit(isSlower ? 1 : 0);

/** Measures one checkout and returns its items per CPU-second. */
async function measure(scenario: LoadScenario | StoreScenario, checkout = after): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-compare-'));
  const [grpc = 0, http = 0, page = 0, sinkGrpc = 0, sinkHttp = 0] = await freePorts(5);
  const surroundings = { checkout, directory, peers: options.peers, ports: { grpc, http, page, sinkGrpc, sinkHttp } };
  const [contestant] = scenario.contestants;
  try {
    const { itemsPerCpuSecond = 0 } =
      scenario.kind === 'store'
        ? await measureStore(scenario, contestant, surroundings, Number(options.seconds))
        : await measureLoad(scenario, contestant, surroundings, Number(options.seconds));
    return itemsPerCpuSecond;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
