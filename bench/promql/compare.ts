/**
 * Measures the CPU time of range queries in otelier and in Prometheus over the same samples, interleaved:
 * `node bench/promql/compare.ts [--peers DIR] [--rounds 7]`. Both receive 1,000 counters and 1,000 histogram buckets by
 * remote write. Exits with 1 if a median is above 1.5 times that of Prometheus, or if results differ.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Running } from '../../test/interop/processes.ts';
import { differenceOf } from '../../test/interop/prometheus/responses.ts';
import { startOtelier, startPrometheus, writeTo } from '../../test/interop/prometheus/servers.ts';
import { median } from '../metrics.ts';
import { cpuSecondsOf } from '../pinned.ts';
import { generateRequests, STEP_MILLIS } from './data.ts';

const { values: options } = parseArgs({
  options: {
    peers: { type: 'string', default: join(tmpdir(), 'peers') },
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '1000' },
  },
});
const GOAL = 1.5;
const QUERIES = [
  'rate(requests_total[5m])',
  'sum by (instance) (rate(requests_total[5m]))',
  'histogram_quantile(0.9, rate(latency_bucket[5m]))',
  'histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))',
];
const STEPS = Number(options.steps);
/** Samples before the first step, which ranges and lookback reach. */
const BEFORE = 20;

const directory = await mkdtemp(join(tmpdir(), 'otelier-bench-promql-'));
const [theirs = 0, ours = 0] = await freePorts(2);
const servers = await Promise.all([
  startPrometheus(join(options.peers, 'prometheus'), directory, theirs),
  startOtelier(directory, ours),
]);
let failed = false;
try {
  const urls = [`http://127.0.0.1:${theirs}`, `http://127.0.0.1:${ours}/prometheus`];
  const end = Math.floor(Date.now() / STEP_MILLIS) * STEP_MILLIS;
  for (const body of generateRequests(end, STEPS + BEFORE)) {
    for (const url of urls) await writeTo(`${url}/api/v1/write`, body);
  }
  for (const query of QUERIES) {
    const parameters = new URLSearchParams({
      ...{ query, start: String((end - (STEPS - 1) * STEP_MILLIS) / 1000), end: String(end / 1000) },
      step: String(STEP_MILLIS / 1000),
    });
    const path = `/api/v1/query_range?${parameters}`;
    const [expected, actual] = [await load(`${urls[0]}${path}`), await load(`${urls[1]}${path}`)];
    const difference = differenceOf(JSON.parse(expected), JSON.parse(actual));
    if (difference !== undefined) console.log(`${query}: ${difference.slice(0, 500)}`);
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        times[side].push(await cpuMillisOf(servers[side], () => load(`${urls[side]}${path}`)));
      }
    }
    const [reference, own] = [median(times[0]), median(times[1])];
    const ratio = own / reference;
    failed ||= ratio > GOAL || difference !== undefined;
    console.log(
      `${query}: Prometheus ${reference.toFixed(0)} ms, otelier ${own.toFixed(0)} ms of CPU time, ratio ${ratio.toFixed(2)}`,
    );
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  await rm(directory, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

async function load(url: string): Promise<string> {
  // Compression is not measured: both would use another library.
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text.slice(0, 500));
  return text;
}

async function cpuMillisOf({ child }: Running, run: () => Promise<unknown>): Promise<number> {
  const { pid = 0 } = child;
  const before = await cpuSecondsOf(pid);
  await run();
  return ((await cpuSecondsOf(pid)) - before) * 1000;
}
