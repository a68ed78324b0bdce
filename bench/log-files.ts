/**
 * Compares how many lines per second of CPU time otelier and the Collector read from log files, interleaved. Both drop the
 * records after the pipeline. The time to start, which is measured beside each run with files that do not exist, is not counted.
 *
 *     (cd test/interop/stanza/go && go build -o /tmp/stanza-reference .)
 *     node bench/log-files.ts [rounds] [lines]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [rounds = '3', lines = '2000000'] = process.argv.slice(2);
const COLLECTOR = process.env['STANZA_REFERENCE'] ?? '/tmp/stanza-reference';
const OTELIER = join(import.meta.dirname, '..', 'packages', 'collector', 'bin', 'otelier.js');
const FILES = 10;
/** Ticks of CPU time per second in /proc. */
const TICKS = 100;
const IDLE_MILLIS = 1500;

const JSON_TIME = { parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%S.%LZ' };
const REGEX = '^(?P<time>\\S+) (?P<level>[A-Z]+) (?P<logger>[\\w.]+) (?P<message>.*)$';
/** The compared configurations: operators, and a line. */
const VARIANTS = {
  plain: {
    operators: [],
    line: (i: number) => `${timeOf(i)} ${levelOf(i).toUpperCase()} shop.cart item ${i} added to the cart of a customer`,
  },
  json: {
    operators: [{ type: 'json_parser', timestamp: JSON_TIME, severity: { parse_from: 'attributes.level' } }],
    line: (i: number) =>
      `{"time":"${timeOf(i)}","level":"${levelOf(i)}","logger":"shop.cart","n":${i},"message":"item added to the cart"}`,
  },
  regex: {
    operators: [
      { type: 'regex_parser', regex: REGEX, timestamp: JSON_TIME, severity: { parse_from: 'attributes.level' } },
    ],
    line: (i: number) => `${timeOf(i)} ${levelOf(i).toUpperCase()} shop.cart item ${i} added to the cart of a customer`,
  },
} as const;

/** Returns the time of a line: there are five lines each millisecond. */
function timeOf(i: number): string {
  return new Date(Date.UTC(2026, 2, 4, 5, 6, 7) + Math.floor(i / 5)).toISOString();
}

function levelOf(i: number): string {
  return ['info', 'debug', 'warn', 'info', 'error'][i % 5] ?? '';
}

const root = mkdtempSync(join(tmpdir(), 'log-files-'));
const nothing = { include: [join(root, 'none', '*.log')], start_at: 'beginning' };
const start = {
  there: [COLLECTOR, '--config', fileOf('collector', configOf('filelog', nothing))],
  here: [process.execPath, OTELIER, '--config', fileOf('otelier', configOf('file_log', nothing))],
};
for (const [name, { operators, line }] of Object.entries(VARIANTS)) {
  const directory = join(root, name);
  mkdirSync(directory);
  const perFile = Number(lines) / FILES;
  for (let file = 0; file < FILES; file++)
    writeFileSync(
      join(directory, `${file}.log`),
      Array.from({ length: perFile }, (_, i) => `${line(file * perFile + i)}\n`).join(''),
    );
  const include = [join(directory, '*.log')];
  const collector = configOf('filelog', { include, start_at: 'beginning', operators });
  const otelier = configOf('file_log', { include, start_at: 'beginning', operators });
  const programs = {
    there: [COLLECTOR, '--config', fileOf(`collector-${name}`, collector)],
    here: [process.execPath, OTELIER, '--config', fileOf(`otelier-${name}`, otelier)],
  };
  const sizeBytes = readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
  const ratios: number[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    // On a busy machine, the same work takes more CPU time, also that of the start.
    const there = (await cpuSeconds(programs.there, sizeBytes)) - (await cpuSeconds(start.there, 1));
    const here = (await cpuSeconds(programs.here, sizeBytes)) - (await cpuSeconds(start.here, 1));
    ratios.push(there / here);
    process.stdout.write(
      `${name}: otelier ${rate(here)}, Collector ${rate(there)} lines per CPU-second, ${(there / here).toFixed(2)} x\n`,
    );
  }
  ratios.sort((a, b) => a - b);
  process.stdout.write(`${name}: median ${(ratios[ratios.length >> 1] ?? 0).toFixed(2)} x\n`);
}
rmSync(root, { recursive: true });

function configOf(receiver: string, options: object): object {
  return {
    receivers: { [receiver]: options },
    exporters: { nop: {} },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: { logs: { receivers: [receiver], exporters: ['nop'] } },
    },
  };
}

function fileOf(name: string, config: object): string {
  const path = join(root, `${name}.yaml`);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function rate(seconds: number): string {
  return Math.round(Number(lines) / seconds).toLocaleString('en-US');
}

/**
 * Returns the CPU time that a program uses to start and to read files of a size: until it has read them and uses no more
 * CPU time.
 */
async function cpuSeconds(command: readonly string[], sizeBytes: number): Promise<number> {
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid ?? 0;
  let last = -1;
  let used = 0;
  for (let idle = 0; idle < IDLE_MILLIS; ) {
    await sleep(250);
    used = ticksOf(pid);
    // Polls of files that do not change use some ticks.
    const isDone = readBytesOf(pid) >= sizeBytes && used - last <= 3;
    idle = isDone ? idle + 250 : 0;
    last = used;
  }
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  return used / TICKS;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Returns the number of bytes that a process has read, also from the page cache. */
function readBytesOf(pid: number): number {
  return Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}
