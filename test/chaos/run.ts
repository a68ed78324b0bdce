/**
 * Runs the chaos suites in full.
 *
 *   npm run chaos                                      every suite
 *   npm run chaos -- --list                            names and summaries
 *   npm run chaos -- --only damage,clock --count 100   some suites, fewer cases
 *   npm run chaos -- --seed 7                          other cases; the same seed produces the same cases
 *   npm run chaos -- --only damage --from 100          cases from 100 on; with --count, part of a suite
 *   npm run chaos -- --only damage --case 12           one case
 *
 * Exits with code 1 if a case fails.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChaosSuite, runSuite } from './suite.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    case: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const suites = await loadSuites();
const names = options.only?.split(',') ?? suites.map(({ name }) => name);
const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(`--only: expected ${suites.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}
const selected = suites.filter(({ name }) => names.includes(name));
if (options.list) {
  for (const { name, summary, cases } of selected) print(`${name}: ${summary} (${cases} cases)`);
  process.exit(0);
}
let failures = 0;
for (const suite of selected) {
  const from = Number(options.case ?? options.from);
  const count = Number(options.case === undefined ? (options.count ?? Math.max(0, suite.cases - from)) : 1);
  failures += await runSuite(suite, { seed: Number(options.seed), from, count }, print);
}
process.exit(failures === 0 ? 0 : 1);

async function loadSuites(): Promise<readonly ChaosSuite[]> {
  const files = globSync('*.suite.ts', { cwd: import.meta.dirname }).sort();
  const modules = await Promise.all(files.map((file) => import(join(import.meta.dirname, file))));
  return modules.map(({ suite }) => suite as ChaosSuite);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
