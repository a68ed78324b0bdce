/**
 * Figures of the whole program, as ratios to a rival in the same interleaved run.
 *
 *   npm run bench                                   all scenarios
 *   npm run bench -- --only grpc-nop,store          some: grpc-nop http-nop store start
 *   npm run bench -- --peers DIR --rounds 5 --seconds 8
 *
 * Needs Linux, `taskset`, and the programs `blast` (load generator) and `otelcol` (Collector) in the peers' folder.
 * The program under test is pinned to one core, the generator to another; CPU is that of all its threads.
 */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Status } from '@otelier/query';
import { freePorts, startServer } from '../test/interop/processes.ts';
import { type Blast, blast, OTELIER_COMMAND, residentMegabytes, startPinned } from './programs.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'string', default: join(tmpdir(), 'peers') },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
  },
});
const only = options.only?.split(',');
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const results = join(import.meta.dirname, 'results');

const NOP = `receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:7317, max_recv_msg_size_mib: 64}, http: {endpoint: 127.0.0.1:7318}}}}
exporters: {nop: {}}
service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`;

/** Rows that make no full file go into one when they are ten seconds old. */
const STORE = `receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:7317, max_recv_msg_size_mib: 64}, http: {endpoint: 127.0.0.1:7318}}}}
exporters: {store: {directory: FOLDER/store, max_file_age: 10s}}
extensions: {workbench: {endpoint: 127.0.0.1:7319}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], exporters: [store]}}}
`;

for (const protocol of ['grpc', 'http'] as const) {
  if (isWanted(`${protocol}-nop`)) await compareNop(protocol);
}
if (isWanted('store')) await measureStore();
if (isWanted('start')) await measureStart();

function isWanted(name: string): boolean {
  return only === undefined || only.includes(name);
}

/** OTLP in, `nop` out, 1,000 spans a request, beside the Collector with the same file. */
async function compareNop(protocol: 'grpc' | 'http'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'otelier-bench-'));
  const config = join(folder, 'nop.yaml');
  await writeFile(config, NOP);
  const programs: Record<'otelier' | 'collector', readonly string[]> = {
    otelier: [...OTELIER_COMMAND, '--config', config],
    collector: [join(options.peers, 'otelcol'), '--config', config],
  };
  const figures: Record<'otelier' | 'collector', number[]> = { otelier: [], collector: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of ['otelier', 'collector'] as const) {
      const program = await startPinned(programs[name], [7317, 7318]);
      const result = await blast(options.peers, {
        protocol,
        port: protocol === 'grpc' ? 7317 : 7318,
        seconds,
        pid: program.pid,
      });
      await program.stop();
      figures[name].push(result.spans_per_cpu_s);
      await record({ scenario: `${protocol}-nop`, program: name, round, ...result });
    }
  }
  await rm(folder, { recursive: true });
  const [ours, theirs] = [median(figures.otelier), median(figures.collector)];
  say(
    `${protocol} in, nop out, 1,000 spans a request: ${thousands(ours)} against ${thousands(theirs)} thousand spans per CPU-second, ${(ours / theirs).toFixed(1)} × the Collector`,
  );
}

/**
 * Into the store, durable and queryable: all CPU from socket to Parquet, and bytes a span on disk. It counts until the
 * last acknowledged span is in a file, long after the sender has gone.
 */
async function measureStore(): Promise<void> {
  const figures: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'otelier-bench-'));
    const config = join(folder, 'store.yaml');
    await writeFile(config, STORE.replace('FOLDER', folder));
    const program = await startPinned([...OTELIER_COMMAND, '--config', config], [7317, 7318, 7319]);
    const before = await program.cpuSeconds();
    const result = await blast(options.peers, { protocol: 'grpc', port: 7317, seconds, pid: program.pid, fresh: true });
    await untilAllInFiles(result.acked_items);
    const cpuSeconds = (await program.cpuSeconds()) - before;
    await program.stop();
    const bytes = await parquetBytes(join(folder, 'store'));
    figures.push(result.acked_items / cpuSeconds);
    sizes.push(bytes / result.acked_items);
    const spansPerCpuSecond = result.acked_items / cpuSeconds;
    await record({
      scenario: 'store',
      program: 'otelier',
      round,
      cpuSeconds,
      bytes,
      ...result,
      spans_per_cpu_s: spansPerCpuSecond,
    });
    await rm(folder, { recursive: true });
  }
  say(
    `gRPC into the store, durable and queryable: ${thousands(median(figures))} thousand spans per CPU-second, ${median(sizes).toFixed(0)} bytes a span on disk`,
  );
}

async function untilAllInFiles(spans: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const { store } = (await (await fetch('http://127.0.0.1:7319/api/v1/status')).json()) as Status;
    if (store?.pendingRows === 0 && store.rows['traces'] === spans) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${spans} spans were acknowledged, and after two minutes not all of them are in files`);
}

/** Warm start to accepting, and memory with store and page before and after the first query. */
async function measureStart(): Promise<void> {
  const millis: number[] = [];
  const idle: number[] = [];
  const queried: number[] = [];
  // The first start fills the compile cache and does not count.
  for (let round = -1; round < rounds; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'otelier-bench-'));
    const [grpc = 0, http = 0, page = 0] = await freePorts(3);
    const protocols = 'receivers.otlp.protocols';
    const settings = [
      `${protocols}.grpc.endpoint=127.0.0.1:${grpc}`,
      `${protocols}.http.endpoint=127.0.0.1:${http}`,
      `extensions.workbench.endpoint=127.0.0.1:${page}`,
    ];
    const begun = performance.now();
    const program = await startServer(
      [...OTELIER_COMMAND, '--data', folder, ...settings.flatMap((setting) => ['--set', setting])],
      [grpc, http, page],
      2,
    );
    const took = performance.now() - begun;
    const pid = program.child.pid ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const before = await residentMegabytes(pid);
    await fetch(`http://127.0.0.1:${page}/api/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"statement":"select count(*) from spans"}',
    });
    const after = await residentMegabytes(pid);
    await program.stop();
    await rm(folder, { recursive: true });
    if (round < 0) continue;
    millis.push(took);
    idle.push(before);
    queried.push(after);
  }
  say(
    `start to accepting, warm: ${median(millis).toFixed(0)} ms; memory: ${median(idle).toFixed(0)} MB idle with store and page, ${median(queried).toFixed(0)} MB after the first query`,
  );
}

async function parquetBytes(folder: string): Promise<number> {
  const { glob, stat } = await import('node:fs/promises');
  let bytes = 0;
  for await (const file of glob('data/**/*.parquet', { cwd: folder })) bytes += (await stat(join(folder, file))).size;
  return bytes;
}

async function record(line: Blast & Record<string, unknown>): Promise<void> {
  await mkdir(results, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    load: loadavg()[0],
    at: new Date().toISOString(),
  };
  await appendFile(
    join(results, 'runs.jsonl'),
    `${JSON.stringify({ ...line, ...machine, peers: await collectorVersion() })}\n`,
  );
}

async function collectorVersion(): Promise<string> {
  const { runToEnd } = await import('../test/interop/processes.ts');
  return (await runToEnd([join(options.peers, 'otelcol'), '--version'])).stdout.trim();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function thousands(value: number): string {
  return Math.round(value / 1000).toLocaleString('en');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
