/**
 * Measures the CPU time and the delay of 1,000 rules over 1,000 series each, every 15 seconds:
 *
 *     node bench/alerting/run.ts [--rules 1000] [--rounds 6] [--warmup 4]
 *
 * It runs otelier with the rules, and without them as the reference, both with the same 9,000 points every 15 seconds. The
 * CPU time is that of all threads of the program, in `/proc/PID/stat`; that of alerting is the difference. The delay is the
 * time from when an evaluation is due to the end of it. Exits with 1 if alerting takes more than 10 % of a core, or if the
 * delay is a second or more (p99).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { offsetOf } from '../../packages/alerting/src/engine/group-schedule.ts';
import { NODE, OTELIER } from '../../test/interop/gateway.ts';
import { requestOf, ruleFile } from './rules.ts';

const INTERVAL_MILLIS = 15_000;
const MAX_SHARE = 0.1;
const MAX_DELAY_MILLIS = 1_000;
/** Ticks of CPU time per second in /proc. */
const TICKS = 100;

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '6' },
    warmup: { type: 'string', default: '4' },
  },
});
const rounds = Number(values.rounds);

const [withRules, reference] = await Promise.all([start(Number(values.rules)), start(0)]);
const delays: number[] = [];
try {
  let before = [0, 0];
  for (let round = 0; round < Number(values.warmup) + rounds; round++) {
    if (round === Number(values.warmup)) before = [cpuSeconds(withRules), cpuSeconds(reference)];
    const started = performance.now();
    await Promise.all([withRules, reference].map((program) => send(program, round)));
    await setTimeout(INTERVAL_MILLIS - (performance.now() - started));
    if (round >= Number(values.warmup)) delays.push(...(await delaysOf(withRules)));
  }
  const seconds = (rounds * INTERVAL_MILLIS) / 1000;
  const [all = 0, other = 0] = [withRules, reference].map(
    (program, i) => (cpuSeconds(program) - (before[i] ?? 0)) / seconds,
  );
  delays.sort((a, b) => a - b);
  const p99 = delays[Math.ceil(delays.length * 0.99) - 1] ?? Number.NaN;
  const summary = await summaryOf(withRules);
  console.log(
    JSON.stringify({
      ...{ rules: values.rules, rounds, ...summary },
      withRules: percent(all),
      reference: percent(other),
      alerting: percent(all - other),
      delayMillis: { p50: Math.round(delays[delays.length >> 1] ?? Number.NaN), p99: Math.round(p99) },
      rssMiB: Math.round(rssBytes(withRules) / 2 ** 20),
      referenceRssMiB: Math.round(rssBytes(reference) / 2 ** 20),
    }),
  );
  if (all - other > MAX_SHARE || !(p99 < MAX_DELAY_MILLIS)) process.exitCode = 1;
} finally {
  await Promise.all([withRules, reference].map(stop));
}

interface Program {
  readonly child: ChildProcess;
  readonly directory: string;
  readonly otlp: number;
  readonly page: number;
}

async function start(rules: number): Promise<Program> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-bench-alerting-'));
  const [otlp = 0, page = 0] = await freePorts(2);
  await writeFile(join(directory, 'rules.yml'), ruleFile(rules));
  await writeFile(
    join(directory, 'config.yaml'),
    `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${otlp}"}}}}
exporters: {store: {directory: "${directory}/store"}}
extensions: {workbench: {endpoint: "127.0.0.1:${page}"}, alerting: {rule_files: ["${directory}/rules.yml"]}}
service:
  telemetry: {logs: {level: warn}, metrics: {level: none}}
  extensions: [workbench, alerting]
  pipelines: {metrics: {receivers: [otlp], exporters: [store]}}
`,
  );
  const child = spawn(NODE, [OTELIER, '--config', join(directory, 'config.yaml')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(`http://127.0.0.1:${page}/healthz`).catch(() => undefined);
    if (response?.ok) return { child, directory, otlp, page };
    if (attempt > 300) throw new Error('otelier does not start');
    await setTimeout(100);
  }
}

async function send({ otlp }: Program, round: number): Promise<void> {
  const body = requestOf(round, `${BigInt(Date.now()) * 1_000_000n}`);
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${otlp}/v1/metrics`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

interface Group {
  readonly name: string;
  readonly file: string;
  readonly lastEvaluation: string;
  readonly evaluationTime: number;
  readonly rules: readonly { readonly health: string; readonly lastError?: string; readonly state?: string }[];
}

async function groupsOf({ page }: Program): Promise<readonly Group[]> {
  const response = await fetch(`http://127.0.0.1:${page}/prometheus/api/v1/rules?exclude_alerts=true`);
  return ((await response.json()) as { data: { groups: Group[] } }).data.groups;
}

/** Returns the time from when the last evaluation of each group was due to its end, in milliseconds. */
async function delaysOf(program: Program): Promise<number[]> {
  return (await groupsOf(program)).map(({ name, file, lastEvaluation, evaluationTime }) => {
    const offset = offsetOf(`${file};${name}`, INTERVAL_MILLIS);
    const late = (Date.parse(lastEvaluation) - offset) % INTERVAL_MILLIS;
    return late + evaluationTime * 1000;
  });
}

async function summaryOf(program: Program): Promise<object> {
  const groups = await groupsOf(program);
  const rules = groups.flatMap((group) => group.rules);
  const response = await fetch(`http://127.0.0.1:${program.page}/prometheus/api/v1/alerts`);
  const { data } = (await response.json()) as { data: { alerts: unknown[] } };
  const failed = rules.filter(({ health }) => health !== 'ok');
  if (failed.length > 0) throw new Error(`${failed.length} rules are not evaluated: ${failed[0]?.lastError}`);
  return { groups: groups.length, evaluatedRules: rules.length, activeAlerts: data.alerts.length };
}

function cpuSeconds({ child }: Program): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function rssBytes({ child }: Program): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

async function stop({ child, directory }: Program): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await exited;
  await rm(directory, { recursive: true, force: true });
}
