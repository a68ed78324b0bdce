/**
 * Compares the CPU time that the program needs to validate a configuration, and to start and stop with a store and the
 * page, between the sources and the bundle that the published package runs (`tools/pack/bundle-program.ts`).
 *   node bench/program-start.ts [rounds]
 * Each round runs both alternately. Prints one JSON line per command with the medians: `{ command, millis: { sources,
 * bundle }, ratio }`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from '../tools/pack/bundle-program.ts';

const root = join(import.meta.dirname, '..');
const OTELIER = join(root, 'packages', 'collector', 'bin', 'otelier.js');
const STARTED = 'Stop with Ctrl-C';
const CONFIG = `receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
extensions: {workbench: {endpoint: '127.0.0.1:0'}}
exporters: {store: {directory: data}}
service: {telemetry: {logs: {level: error}}, extensions: [workbench], pipelines: {traces: {receivers: [otlp], exporters: [store]}}}
`;
/** Preloaded into the program: prints the CPU time of the process and its threads when it exits. */
const HOOK = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  require('node:fs').writeFileSync(process.env.CPU, String((user + system) / 1000));
});`;

const rounds = Number(process.argv[2] ?? 5);
const directory = await mkdtemp(join(tmpdir(), 'otelier-start-'));
const config = join(directory, 'config.yaml');
const hook = join(directory, 'hook.cjs');
const program = join(root, 'node_modules', '.cache', 'otelier-program');
await Promise.all([writeFile(config, CONFIG), writeFile(hook, HOOK), bundleProgram(root, program)]);

for (const [command, args] of [
  ['validate', ['validate', '--config', config]],
  ['start and stop', ['--config', config]],
] as const) {
  const sources: number[] = [];
  const bundle: number[] = [];
  // The first round fills the compile cache.
  for (let round = 0; round <= rounds; round++) {
    sources[round] = await cpuMillis(args, '');
    bundle[round] = await cpuMillis(args, program);
  }
  const millis = { sources: median(sources.slice(1)), bundle: median(bundle.slice(1)) };
  const ratio = Number((millis.bundle / millis.sources).toFixed(2));
  process.stdout.write(`${JSON.stringify({ command, millis, ratio })}\n`);
}
await rm(directory, { recursive: true });

async function cpuMillis(args: readonly string[], bundle: string): Promise<number> {
  const output = join(directory, 'cpu');
  const child = spawn(process.execPath, ['--require', hook, OTELIER, ...args], {
    cwd: directory,
    env: { ...process.env, OTELIER_PROGRAM: bundle, CPU: output },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    const isStarted = printed.includes(STARTED);
    printed += text;
    if (!isStarted && printed.includes(STARTED)) child.kill('SIGTERM');
  }
  return Math.round(Number(await readFile(output, 'utf8')));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
