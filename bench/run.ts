/**
 * Benchmarks the whole program and compares it with rivals in the same interleaved run. See README.md in this
 * directory.
 *
 *   npm run bench                                        everything
 *   npm run bench -- --list                              the scenarios
 *   npm run bench -- --only 'nop-grpc-*,latency'         some scenarios, by name or pattern
 *   npm run bench -- --rounds 5 --seconds 8              number of rounds and duration of each
 *   npm run bench -- --peers DIR                         directory with the rivals and the load generator
 *   npm run bench -- --out DIR                           results directory (default: bench/results)
 *   npm run bench -- --render                            only renders the page
 *   npm run bench -- --guide                             also updates the table in docs/guide/performance.md
 */
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { measureLoad } from './measure/load.ts';
import { measureStart } from './measure/start.ts';
import { measureStore } from './measure/store.ts';
import { formatMetric, type Metrics } from './metrics.ts';
import { renderMarkdown } from './page/markdown.ts';
import { renderPage } from './page/page.ts';
import { type ProgramName, type Surroundings, versionOf } from './programs.ts';
import { Results } from './results.ts';
import type { Contestant, Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { check, ratioTo } from './verdict.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    peers: { type: 'string', default: join(tmpdir(), 'peers') },
    out: { type: 'string', default: join(import.meta.dirname, 'results') },
    render: { type: 'boolean', default: false },
    guide: { type: 'boolean', default: false },
  },
});
const rounds = positive('--rounds', options.rounds);
const secondsEach = positive('--seconds', options.seconds);
const wanted = pick(options.only);
const results = new Results(options.out);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

if (options.list) {
  for (const { name, what } of wanted) say(`${name.padEnd(24)} ${what}`);
} else {
  const allHold = options.render || (await measureAll());
  await render();
  process.exitCode = allHold ? 0 : 1;
}

/** Runs the selected scenarios. Reports whether none failed and every goal was met. */
async function measureAll(): Promise<boolean> {
  const generator = join(options.peers, 'blast');
  await access(generator).catch(() => fail(`expected the load generator at ${generator}; --peers names its directory`));
  const run = new Date().toISOString();
  const names = [...new Set(wanted.flatMap(({ contestants }) => contestants.map(({ program }) => program)))];
  const versions = await versionsOf(names);
  for (const name of names) if (versions[name] === undefined) say(`${name} is not in ${options.peers}: left out`);
  const machine = cpus()[0]?.model ?? 'unknown';
  await results.add({
    kind: 'run',
    run,
    machine,
    cores: cpus().length,
    node: process.version,
    secondsEach,
    rounds,
    versions,
  });
  let allHold = true;
  for (const scenario of wanted) {
    say(`\n${scenario.name}: ${scenario.what}`);
    const present = scenario.contestants.filter(({ program }) => versions[program] !== undefined);
    for (let round = 0; round < rounds; round++) {
      // Every other round runs in reverse order, so that no program always follows the same one.
      for (const contestant of round % 2 === 0 ? present : present.toReversed()) {
        allHold = (await measureOne(run, scenario, contestant, round)) && allHold;
      }
    }
    allHold = (await report(scenario)) && allHold;
  }
  return allHold;
}

async function measureOne(run: string, scenario: Scenario, contestant: Contestant, round: number): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-bench-'));
  const loadAverage = loadavg()[0] ?? 0;
  try {
    const [grpc = 0, http = 0, page = 0, sinkGrpc = 0, sinkHttp = 0] = await freePorts(5);
    const ports = { grpc, http, page, sinkGrpc, sinkHttp };
    const metrics = await measure(scenario, contestant, { peers: options.peers, directory, ports });
    await results.add({
      kind: 'measurement',
      run,
      scenario: scenario.name,
      contestant: contestant.name,
      round,
      loadAverage,
      metrics,
    });
    say(`  ${contestant.name.padEnd(16)} ${describe(metrics)}`);
    return true;
  } catch (error) {
    say(`  ${contestant.name.padEnd(16)} FAILED: ${firstLines(error)}`);
    return false;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function measure(scenario: Scenario, contestant: Contestant, surroundings: Surroundings): Promise<Metrics> {
  switch (scenario.kind) {
    case 'load':
      return measureLoad(scenario, contestant, surroundings, secondsEach);
    case 'store':
      return measureStore(scenario, contestant, surroundings, secondsEach);
    case 'start':
      return measureStart(surroundings);
  }
}

/** Prints how the medians compare and reports whether all goals are met. */
async function report(scenario: Scenario): Promise<boolean> {
  const result = (await results.newest()).get(scenario.name);
  if (result === undefined) return false;
  for (const { name } of scenario.contestants.slice(1)) {
    const ratio = ratioTo(scenario, result, name);
    if (ratio !== undefined) say(`  ${ratio.toFixed(2)} × ${name}`);
  }
  const verdicts = check(scenario, result);
  for (const { text, met } of verdicts) say(`  ${met ? '✔' : '✖'} ${text}`);
  return verdicts.every(({ met }) => met !== false);
}

async function render(): Promise<void> {
  const newest = await results.newest();
  const page = join(options.out, 'index.html');
  await writeFile(page, renderPage(SCENARIOS, newest));
  say(`\n${page}`);
  if (!options.guide) return;
  const guide = join(import.meta.dirname, '..', 'docs', 'guide', 'performance.md');
  const text = await readFile(guide, 'utf8');
  const [, before, after] = /^(.*<!-- measurements -->\n).*(<!-- end of measurements -->.*)$/s.exec(text) ?? [];
  if (before === undefined || after === undefined) fail(`${guide} has no place for the table`);
  await writeFile(guide, `${before}${renderMarkdown(SCENARIOS, newest)}${after}`);
}

function pick(patterns: string | undefined): readonly Scenario[] {
  if (patterns === undefined) return SCENARIOS;
  const picked = patterns.split(',').map((pattern) => {
    const matching = SCENARIOS.filter(({ name }) => matchesGlob(name, pattern));
    return matching.length > 0 ? matching : fail(`--only: no scenario is called "${pattern}"; --list shows them`);
  });
  return SCENARIOS.filter((scenario) => picked.some((some) => some.includes(scenario)));
}

async function versionsOf(names: readonly ProgramName[]): Promise<Partial<Record<ProgramName, string>>> {
  const versions: Partial<Record<ProgramName, string>> = {};
  for (const name of names) {
    const version = await versionOf(name, options.peers);
    if (version !== undefined) versions[name] = version;
  }
  return versions;
}

function describe(metrics: Metrics): string {
  const shown = ['itemsPerCpuSecond', 'p50Millis', 'p99Millis', 'peakMegabytes', 'startMillis', 'refused'] as const;
  return shown
    .filter((name) => metrics[name] !== undefined)
    .map((name) => `${name} ${formatMetric(name, metrics[name] ?? 0)}`)
    .join(', ');
}

/** Returns the first lines of an error message, without the stack printed by a program on exit. */
function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').slice(0, 4).join('\n    ');
}

function positive(option: string, text: string): number {
  const value = Number(text);
  return value > 0 ? value : fail(`${option}: expected a positive number, got "${text}"`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
