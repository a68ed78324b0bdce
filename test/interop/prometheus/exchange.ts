import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { forEachDataPoint } from '@otelier/otlp';
import { batchOf, type ComponentBench, createComponentBench } from '@otelier/testkit';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { prometheus as prometheusExporter } from '../../../packages/collector/src/exporters/prometheus.ts';
import { prometheusRemoteWrite as writer } from '../../../packages/collector/src/exporters/prometheus_remote_write.ts';
import { prometheusRemoteWrite as receiver } from '../../../packages/collector/src/receivers/prometheus_remote_write.ts';
import type { Comparison } from '../check.ts';
import { startServer } from '../processes.ts';

/** Debian's package. Later versions work as well. */
const PROGRAM = '/usr/bin/prometheus';
const SERIES = 300;
const SAMPLES = 5;
const WAIT_MILLIS = 30_000;
const BOUNDS = [0.1, 1, 10];

/**
 * Sends samples to a real Prometheus with both exporters and receives them from it by remote write, and compares every
 * one. The Prometheus scrapes the exporter `prometheus`, gets other samples from `prometheus_remote_write`, and sends all of
 * them to the receiver `prometheus_remote_write`.
 */
export async function exchangeWithPrometheus(report: (way: string, compared: Comparison) => void): Promise<void> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: apt-get install prometheus`);
  const directory = await mkdtemp(join(tmpdir(), 'otelier-interop-exchange-'));
  const [port = 0, pagePort = 0, receiverPort = 0] = await freePorts(3);
  const url = `http://127.0.0.1:${port}`;
  await writeFile(
    join(directory, 'prometheus.yml'),
    `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: page, static_configs: [{ targets: ["127.0.0.1:${pagePort}"] }] }]
remote_write: [{ url: "http://127.0.0.1:${receiverPort}/api/v1/write", send_exemplars: true }]
`,
  );
  const page = await open(prometheusExporter, { endpoint: `127.0.0.1:${pagePort}` });
  const received = await open(receiver, { endpoint: `127.0.0.1:${receiverPort}` });
  const server = await startServer(
    [
      PROGRAM,
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
    ],
    [port],
  );
  const written = await open(writer, { endpoint: `${url}/api/v1/write`, sending_queue: { enabled: false } });
  try {
    // It sends on only samples that are newer than its start.
    const startMillis = Date.now();
    await page.send(metricsAt('page', 0, Date.now()));
    const pageSeries = seriesAt('page', 0);
    report('exporter prometheus, scraped', await compare(pageSeries, () => valuesOf(url, 'page')));

    const samples = new Map<string, number>();
    const newest = new Map<string, number>();
    for (let index = 0; index < SAMPLES; index++) {
      const millis = startMillis + index * 1000;
      const outcome = await written.send(metricsAt('written', index, millis));
      if (outcome.kind !== 'accepted') throw new Error(`remote write: ${JSON.stringify(outcome)}`);
      for (const [series, value] of seriesAt('written', index)) {
        samples.set(`${series} ${millis}`, value);
        newest.set(series, value);
      }
    }
    report('exporter prometheus_remote_write', await compare(samples, () => samplesOf(url, 'written')));
    const all = () => receivedSamples(received, 'written');
    report('receiver prometheus_remote_write, written samples', await compare(samples, all));
    const scraped = () => withoutTimes(receivedSamples(received, 'page'));
    report('receiver prometheus_remote_write, scraped samples', await compare(pageSeries, scraped));
  } finally {
    await Promise.all([written.close(), page.close()]);
    await server.stop();
    await received.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function open(definition: Parameters<typeof createComponentBench>[0], config: object): Promise<ComponentBench> {
  const bench = await createComponentBench(definition, {
    clock: systemClock,
    config: { ...config },
    signals: ['metrics'],
  });
  await bench.start();
  return bench;
}

function sampleOf(series: number, sample: number): number {
  return series + sample / 8;
}

/** Returns a gauge, a sum and a histogram with a point for each series. */
function metricsAt(prefix: string, sample: number, millis: number) {
  const times = { startTimeUnixNano: '1700000000000000000', timeUnixNano: `${millis}000000` };
  const attributes = (id: number) => [{ key: 'id', value: { stringValue: String(id) } }];
  const each = <T>(make: (id: number) => T): T[] =>
    Array.from({ length: SERIES }, (_, id) => ({ ...times, attributes: attributes(id), ...make(id) }));
  const cumulative = { aggregationTemporality: 2 as const };
  const metrics = [
    { name: `${prefix}_gauge`, gauge: { dataPoints: each((id) => ({ asDouble: -sampleOf(id, sample) })) } },
    {
      name: `${prefix}_sum`,
      sum: { ...cumulative, isMonotonic: true, dataPoints: each((id) => ({ asDouble: sampleOf(id, sample) })) },
    },
    {
      name: `${prefix}_histogram`,
      histogram: {
        ...cumulative,
        dataPoints: each((id) => ({
          count: String(3 * id),
          sum: sampleOf(id, sample),
          bucketCounts: [String(id), String(id), '0', String(id)],
          explicitBounds: BOUNDS,
        })),
      },
    },
  ];
  return batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] } as never);
}

/** Returns the series that Prometheus has to make of `metricsAt`. */
function seriesAt(prefix: string, sample: number): Map<string, number> {
  const series = new Map<string, number>();
  for (let id = 0; id < SERIES; id++) {
    series.set(`${prefix}_gauge ${id} `, -sampleOf(id, sample));
    series.set(`${prefix}_sum_total ${id} `, sampleOf(id, sample));
    series.set(`${prefix}_histogram_count ${id} `, 3 * id);
    series.set(`${prefix}_histogram_sum ${id} `, sampleOf(id, sample));
    for (const [index, le] of ['0.1', '1', '10', '+Inf'].entries())
      series.set(`${prefix}_histogram_bucket ${id} ${le}`, [id, 2 * id, 2 * id, 3 * id][index] ?? 0);
  }
  return series;
}

interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

async function query(url: string, text: string): Promise<readonly QueryResult[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`);
  return ((await response.json()) as { data: { result: QueryResult[] } }).data.result;
}

function nameOf({ __name__: name, id = '', le = '' }: Readonly<Record<string, string>>): string {
  return `${name} ${id} ${le === '1.0' || le === '10.0' ? le.slice(0, -2) : le}`;
}

async function valuesOf(url: string, prefix: string): Promise<Map<string, number>> {
  const result = await query(url, `{__name__=~"${prefix}_.*"}`);
  return new Map(result.map(({ metric, value }) => [nameOf(metric), Number(value?.[1])]));
}

async function samplesOf(url: string, prefix: string): Promise<Map<string, number>> {
  const samples = new Map<string, number>();
  for (const { metric, values = [] } of await query(url, `{__name__=~"${prefix}_.*"}[5m]`))
    for (const [seconds, value] of values)
      samples.set(`${nameOf(metric)} ${Math.round(seconds * 1000)}`, Number(value));
  return samples;
}

function receivedSamples({ received }: ComponentBench, prefix: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const { parts } of received)
    for (const part of parts)
      forEachDataPoint(part, (point, { name }) => {
        if (!name.startsWith(`${prefix}_`)) return;
        const { id, le } = Object.fromEntries(point.attributes) as Record<string, string>;
        const series = nameOf({ __name__: name, ...(id !== undefined && { id }), ...(le !== undefined && { le }) });
        samples.set(`${series} ${point.timeUnixNano / 1_000_000n}`, Number(point.value));
      });
  return samples;
}

function withoutTimes(samples: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...samples].map(([key, value]) => [key.slice(0, key.lastIndexOf(' ')), value]));
}

/** Waits until every expected value is there, and returns those that are missing or differ. */
async function compare(
  expected: ReadonlyMap<string, number>,
  read: () => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>,
): Promise<Comparison> {
  const wrong = (found: ReadonlyMap<string, number>) =>
    [...expected].filter(([key, value]) => found.get(key) !== value);
  let found = await read();
  for (const end = performance.now() + WAIT_MILLIS; wrong(found).length > 0 && performance.now() < end; ) {
    await setTimeout(500);
    found = await read();
  }
  const mismatches = wrong(found).map(([key, value]) => `${key}: expected ${value}, got ${found.get(key)}`);
  return { compared: expected.size, mismatches };
}
