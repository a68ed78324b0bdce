import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { encodeV2, sendWrite } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import type { Comparison } from '../check.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { freePorts, startServer } from '../processes.ts';
import { generateQueries } from './queries.ts';
import { differenceOf } from './responses.ts';
import { generateSeries } from './series.ts';

/** Options for `compareWithPrometheus`. */
interface CompareOptions {
  /** Path of the program `prometheus`. */
  readonly program: string;
  readonly queryCount: number;
  readonly seed: number;
}

/**
 * Writes generated series to a real Prometheus and to otelier by remote write, and compares the responses of both to
 * generated queries over HTTP.
 */
export async function compareWithPrometheus({ program, queryCount, seed }: CompareOptions): Promise<Comparison> {
  if (!existsSync(program)) {
    throw new Error(`${program} does not exist; build it: go build github.com/prometheus/prometheus/cmd/prometheus`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'otelier-prometheus-'));
  const [theirs = 0, ours = 0] = await freePorts(2);
  const servers = await Promise.all([startPrometheus(program, directory, theirs), startOtelier(directory, ours)]);
  const urls = [`http://127.0.0.1:${theirs}`, `http://127.0.0.1:${ours}/prometheus`];
  try {
    const end = Math.floor(Date.now() / 60_000) * 60_000;
    const body = encodeV2(generateSeries(seed, end));
    for (const url of urls) await writeTo(`${url}/api/v1/write`, body);
    const mismatches: string[] = [];
    for (const query of generateQueries(seed, queryCount)) {
      for (const path of pathsOf(query, end / 1000)) {
        const [expected, actual] = await Promise.all(urls.map((url) => ask(`${url}/api/v1/${path}`)));
        const difference = differenceOf(expected, actual);
        if (difference !== undefined) mismatches.push(`${query} (${path.split('?', 1)[0]}): ${difference}`);
      }
    }
    return { compared: queryCount * 2, mismatches };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(directory, { recursive: true });
  }
}

/** Sends a request, again while a server that has just started cannot take it. */
async function writeTo(url: string, body: Uint8Array): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await sendWrite(url, body, 2);
    if (response.status === 204) return;
    if (response.status !== 503 || attempt > 50) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    await setTimeout(100);
  }
}

function pathsOf(query: string, endSeconds: number): readonly string[] {
  const instant = new URLSearchParams({ query, time: String(endSeconds) });
  const range = new URLSearchParams({
    query,
    start: String(endSeconds - 1800),
    end: String(endSeconds),
    step: '47',
  });
  return [`query?${instant}`, `query_range?${range}`];
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url);
  return response.json();
}

async function startPrometheus(program: string, directory: string, port: number) {
  const config = join(directory, 'prometheus.yml');
  await writeFile(config, 'global: {}\n');
  return startServer(
    [
      program,
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--enable-feature=promql-experimental-functions,native-histograms,promql-duration-expr',
      '--log.level=error',
    ],
    [port],
  );
}

async function startOtelier(directory: string, port: number) {
  const config = join(directory, 'otelier.yaml');
  await writeFile(
    config,
    `receivers: {otlp: {protocols: {grpc: {endpoint: "unix:${directory}/grpc"}}}}
exporters: {store: {directory: "${directory}/store"}}
extensions: {workbench: {endpoint: "127.0.0.1:${port}"}}
service:
  telemetry: {logs: {level: warn}}
  extensions: [workbench]
  pipelines: {metrics: {receivers: [otlp], exporters: [store]}}
`,
  );
  return startServer([NODE, OTELIER, '--config', config], [port]);
}
