import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import v8 from 'node:v8';

/** The libraries that a benchmark compares. */
type Library = 'otelier' | 'opentelemetry-js';

/** The work that a benchmark does with one of the libraries. */
export interface Workload {
  /** Records the item with index `i`, counted from the last flush. */
  record(i: number): void;
  flush(): Promise<unknown>;
}

/** A benchmark of items that each library sends to a local sink over HTTP. */
export interface Benchmark {
  /** Path of the program that calls `compareLibraries`. */
  readonly program: string;
  /** Name of the item, such as `log record`. */
  readonly row: string;
  /** Number of items per measurement. */
  readonly items: number;
  /** Names of the results: items per CPU second, and bytes allocated on V8's heap per item, excluding request bytes. */
  readonly results: { readonly rate: string; readonly bytes: string };
  readonly libraries: Readonly<Record<Library, (endpoint: string) => Promise<Workload>>>;
}

const ITEMS_PER_FLUSH = Number(process.env['TURN'] ?? 512);
const SINK = `
  const { createServer } = require('node:http');
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/**
 * Runs a benchmark and prints the results of each round. Each library and round runs in its own process, alternating,
 * because V8 would optimize shared code for both: with the arguments `0 LIBRARY URL`, the program measures one library
 * only.
 */
export async function compareLibraries(benchmark: Benchmark): Promise<void> {
  const [, , rounds = '3', library, endpoint = ''] = process.argv;
  if (library === 'otelier' || library === 'opentelemetry-js') await measure(benchmark, library, endpoint);
  else await compare(benchmark, Number(rounds));
}

async function compare({ program, row, results }: Benchmark, rounds: number): Promise<void> {
  const sink = spawn(process.execPath, ['-e', SINK], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(sink.stdout, 'data');
  const run = (library: Library) => {
    const args = [program, '0', library, `http://127.0.0.1:${String(port).trim()}`];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return JSON.parse(stdout) as Readonly<Record<string, number>>;
  };
  for (let round = 0; round < rounds; round++) {
    const ours = run('otelier');
    const theirs = run('opentelemetry-js');
    const ratioOf = (name: string, digits: number) =>
      Number(((ours[name] ?? Number.NaN) / (theirs[name] ?? Number.NaN)).toFixed(digits));
    console.log(
      JSON.stringify({
        row,
        otelier: ours,
        'opentelemetry-js': theirs,
        speedRatio: ratioOf(results.rate, 2),
        allocationRatio: ratioOf(results.bytes, 3),
      }),
    );
  }
  sink.kill();
}

async function measure({ items, libraries, results }: Benchmark, library: Library, endpoint: string): Promise<void> {
  const turns = Math.ceil(items / ITEMS_PER_FLUSH);
  const workload = await libraries[library](endpoint);
  await run(workload, turns);
  const before = process.cpuUsage();
  const allocatedBefore = allocated();
  await run(workload, turns);
  const { user, system } = process.cpuUsage(before);
  const count = turns * ITEMS_PER_FLUSH;
  const metrics = {
    [results.rate]: Math.round(count / ((user + system) / 1e6)),
    [results.bytes]: Math.round((allocated() - allocatedBefore) / count),
  };
  process.stdout.write(JSON.stringify(metrics), () => process.exit());
}

async function run(workload: Workload, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < ITEMS_PER_FLUSH; i++) workload.record(i);
    await workload.flush();
  }
}

/** Returns the total number of bytes allocated on V8's heap. */
function allocated(): number {
  return v8.getHeapStatistics().total_allocated_bytes;
}
