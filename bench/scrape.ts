import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/**
 * Measures CPU time and memory of scraping: `node bench/scrape.ts [--collector PROGRAM] [--targets 200] [--series 1000]
 * [--interval 15] [--seconds 45] [--rounds 1]`. The targets are addresses of the loopback interface whose values change
 * with each scrape. Programs alternate. The Collector needs the receiver `prometheus` and the exporter `nop`.
 */
const { values: options } = parseArgs({
  options: {
    collector: { type: 'string' },
    targets: { type: 'string', default: '200' },
    series: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '45' },
    rounds: { type: 'string', default: '1' },
  },
});
const [targets, series, interval, seconds, rounds] = (
  ['targets', 'series', 'interval', 'seconds', 'rounds'] as const
).map((name) => Number(options[name])) as [number, number, number, number, number];

const root = join(import.meta.dirname, '..');
const otelier = [join(root, 'node_modules/.bin/node'), join(root, 'packages/collector/bin/otelier.js')];
const contestants: Readonly<Record<string, readonly string[]>> = {
  otelier,
  ...(options.collector !== undefined && existsSync(options.collector) && { collector: [options.collector] }),
};

/** Creates a page as a program with counters, gauges and histograms has it. `round` changes the values. */
function createPage(round: number): string {
  const lines = ['# HELP app_requests_total Requests.', '# TYPE app_requests_total counter'];
  const plain = Math.floor(series * 0.4);
  for (let index = 0; index < plain; index++)
    lines.push(`app_requests_total{method="GET",path="/api/v1/items/${index}",status="200"} ${index * 100 + round}`);
  lines.push('# HELP app_temperature Temperature.', '# TYPE app_temperature gauge');
  for (let index = 0; index < Math.floor(series * 0.2); index++)
    lines.push(
      `app_temperature{zone="zone-${index}",floor="${index % 9}"} ${(20 + index / 7 + round / 100).toFixed(4)}`,
    );
  lines.push('# HELP app_latency_seconds Latency.', '# TYPE app_latency_seconds histogram');
  for (let index = 0; index < Math.floor((series * 0.4) / 14); index++) {
    const labels = `handler="/h/${index}"`;
    for (const [position, bound] of BOUNDS.entries())
      lines.push(`app_latency_seconds_bucket{${labels},le="${bound}"} ${position * 10 + round}`);
    lines.push(`app_latency_seconds_sum{${labels}} ${(index * 1.5 + round).toFixed(3)}`);
    lines.push(`app_latency_seconds_count{${labels}} ${BOUNDS.length * 10 + round}`);
  }
  return `${lines.join('\n')}\n`;
}

const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];

let scrapes = 0;
let page = createPage(0);
const server = createServer((_request, response) => {
  scrapes += 1;
  if (scrapes % targets === 0) page = createPage(scrapes / targets);
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page);
});
// Exporters, which are written in Go, keep idle connections open.
server.keepAliveTimeout = 0;
server.listen(0, '0.0.0.0');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const directory = await mkdtemp(join(tmpdir(), 'otelier-bench-scrape-'));
const config = join(directory, 'config.yaml');
const addresses = Array.from({ length: targets }, (_, index) => `127.1.${index >> 8}.${(index & 255) + 1}:${port}`);
await writeFile(
  config,
  JSON.stringify({
    receivers: {
      prometheus: {
        config: {
          scrape_configs: [
            {
              job_name: 'bench',
              scrape_interval: `${interval}s`,
              static_configs: [{ targets: addresses }],
              enable_compression: false,
            },
          ],
        },
      },
    },
    exporters: { nop: {} },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: { metrics: { receivers: ['prometheus'], exporters: ['nop'] } },
    },
  }),
);

for (let round = 0; round < rounds; round++) {
  for (const [name, command] of Object.entries(contestants)) {
    console.log(JSON.stringify({ program: name, targets, series, interval, ...(await measure(command)) }));
  }
}
server.closeAllConnections();
server.close();
await rm(directory, { recursive: true });

async function measure([program = '', ...rest]: readonly string[]) {
  const child = spawn(program, [...rest, '--config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid ?? 0;
  // Every target has been scraped four times, so that caches are full and code is compiled.
  const first = scrapes;
  while (scrapes - first < 4 * targets && child.exitCode === null) await setTimeout(200);
  const before = { cpu: cpuSeconds(pid), scrapes };
  let memory = 0;
  for (let second = 0; second < seconds; second++) {
    await setTimeout(1000);
    memory = Math.max(memory, memoryBytes(pid));
  }
  const cpu = cpuSeconds(pid) - before.cpu;
  const measured = scrapes - before.scrapes;
  await stop(child);
  return {
    scrapes: measured,
    cpuMillisPerScrape: Math.round((cpu / measured) * 1e6) / 1000,
    cpuCores: Math.round((cpu / seconds) * 1e4) / 1e4,
    maxRssMegabytes: Math.round(memory / 1e5) / 10,
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** CPU time of all threads, in seconds. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memoryBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}
