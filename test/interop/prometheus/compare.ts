import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import {
  encodeV1,
  encodeV2,
  type TestSeries,
} from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import type { Comparison } from '../check.ts';
import { generateQueries } from './queries.ts';
import { differenceOf } from './responses.ts';
import { generateSeries } from './series.ts';
import { startOtelier, startPrometheus, startVictoriaMetrics, writeTo } from './servers.ts';

/** Options for `compareWithPrometheus`. */
interface CompareOptions {
  /** Directory of the programs `prometheus` and, optionally, `victoria-metrics`. */
  readonly peers: string;
  readonly queryCount: number;
  readonly seed: number;
}

/**
 * Writes generated series to a real Prometheus and to otelier by remote write, and compares the responses of both to
 * generated queries over HTTP. Every fifth query is also evaluated by a Prometheus that reads from otelier by remote read.
 * If VictoriaMetrics is installed, logs for how many queries it agrees with Prometheus.
 */
export async function compareWithPrometheus(
  { peers, queryCount, seed }: CompareOptions,
  log: (text: string) => void,
): Promise<Comparison> {
  const program = join(peers, 'prometheus');
  if (!existsSync(program)) {
    throw new Error(`${program} does not exist; build it as test/interop/run.ts describes`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'otelier-prometheus-'));
  const [theirs = 0, ours = 0, reading = 0, third = 0] = await freePorts(4);
  const readerDirectory = join(directory, 'reader');
  await mkdir(readerDirectory);
  const servers = await Promise.all([
    startPrometheus(program, directory, theirs),
    startOtelier(directory, ours),
    startPrometheus(program, readerDirectory, reading, `http://127.0.0.1:${ours}/prometheus/api/v1/read`),
  ]);
  const victoria = await startThird(join(peers, 'victoria-metrics'), directory, third);
  if (victoria !== undefined) servers.push(victoria.server);
  const urls = [`http://127.0.0.1:${theirs}`, `http://127.0.0.1:${ours}/prometheus`];
  try {
    const end = Math.floor(Date.now() / 60_000) * 60_000;
    const series = generateSeries(seed, end);
    for (const url of urls) await writeTo(`${url}/api/v1/write`, encodeV2(series));
    await victoria?.write(series);
    const compared: Compared = { count: 0, agreements: 0, mismatches: [] };
    const others = { ours: urls[1] ?? '', reader: `http://127.0.0.1:${reading}`, victoria: victoria?.url };
    for (const [index, query] of generateQueries(seed, queryCount).entries()) {
      for (const path of pathsOf(query, end / 1000)) {
        const reader = index % 5 === 0 ? others.reader : undefined;
        await compareResponses(compared, { query, path, theirs: urls[0] ?? '', ...others, reader });
      }
    }
    if (victoria !== undefined) {
      log(`    VictoriaMetrics agrees with Prometheus on ${compared.agreements} of ${queryCount * 2} responses`);
    }
    return { compared: compared.count, mismatches: compared.mismatches };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(directory, { recursive: true });
  }
}

interface Compared {
  count: number;
  agreements: number;
  readonly mismatches: string[];
}

/** A query, and the addresses of the servers that evaluate it. */
interface Compare {
  readonly query: string;
  readonly path: string;
  readonly theirs: string;
  readonly ours: string;
  readonly reader: string | undefined;
  readonly victoria: string | undefined;
}

async function compareResponses(
  compared: Compared,
  { query, path, theirs, ours, reader, victoria }: Compare,
): Promise<void> {
  const expected = await ask(`${theirs}/api/v1/${path}`);
  for (const [url, way] of [[ours, ''] as const, [reader, ', remote read'] as const]) {
    if (url === undefined) continue;
    compared.count += 1;
    const difference = differenceOf(expected, await ask(`${url}/api/v1/${path}`));
    if (difference !== undefined) compared.mismatches.push(`${query} (${path.split('?', 1)[0]}${way}): ${difference}`);
  }
  if (victoria === undefined) return;
  if (differenceOf(expected, await ask(`${victoria}/api/v1/${path}`)) === undefined) compared.agreements += 1;
}

/** Starts a VictoriaMetrics, if it is installed. It receives only floats, because it has other native histograms. */
async function startThird(program: string, directory: string, port: number) {
  if (!existsSync(program)) return undefined;
  const server = await startVictoriaMetrics(program, directory, port);
  const url = `http://127.0.0.1:${port}`;
  const write = (series: readonly TestSeries[]): Promise<void> =>
    writeTo(`${url}/api/v1/write`, encodeV1(series.filter(({ samples }) => samples !== undefined)), 1);
  return { server, url, write };
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
