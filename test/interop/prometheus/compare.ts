import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeV2 } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import type { Comparison } from '../check.ts';
import { freePorts } from '../processes.ts';
import { generateQueries } from './queries.ts';
import { differenceOf } from './responses.ts';
import { generateSeries } from './series.ts';
import { startOtelier, startPrometheus, writeTo } from './servers.ts';

/** Options for `compareWithPrometheus`. */
interface CompareOptions {
  /** Path of the program `prometheus`. */
  readonly program: string;
  readonly queryCount: number;
  readonly seed: number;
}

/**
 * Writes generated series to a real Prometheus and to otelier by remote write, and compares the responses of both to
 * generated queries over HTTP. Every fifth query is also evaluated by a Prometheus that reads from otelier by remote read.
 */
export async function compareWithPrometheus({ program, queryCount, seed }: CompareOptions): Promise<Comparison> {
  if (!existsSync(program)) {
    throw new Error(`${program} does not exist; build it as test/interop/run.ts describes`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'otelier-prometheus-'));
  const [theirs = 0, ours = 0, reading = 0] = await freePorts(3);
  const readerDirectory = join(directory, 'reader');
  await mkdir(readerDirectory);
  const servers = await Promise.all([
    startPrometheus(program, directory, theirs),
    startOtelier(directory, ours),
    startPrometheus(program, readerDirectory, reading, `http://127.0.0.1:${ours}/prometheus/api/v1/read`),
  ]);
  const reader = `http://127.0.0.1:${reading}`;
  const urls = [`http://127.0.0.1:${theirs}`, `http://127.0.0.1:${ours}/prometheus`];
  try {
    const end = Math.floor(Date.now() / 60_000) * 60_000;
    const body = encodeV2(generateSeries(seed, end));
    for (const url of urls) await writeTo(`${url}/api/v1/write`, body);
    const mismatches: string[] = [];
    let compared = 0;
    for (const [index, query] of generateQueries(seed, queryCount).entries()) {
      for (const path of pathsOf(query, end / 1000)) {
        const asked = index % 5 === 0 ? [...urls, reader] : urls;
        const [expected, ...others] = await Promise.all(asked.map((url) => ask(`${url}/api/v1/${path}`)));
        for (const [at, actual] of others.entries()) {
          const difference = differenceOf(expected, actual);
          compared += 1;
          const way = `${path.split('?', 1)[0]}${at === 0 ? '' : ', remote read'}`;
          if (difference !== undefined) mismatches.push(`${query} (${way}): ${difference}`);
        }
      }
    }
    return { compared, mismatches };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(directory, { recursive: true });
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
