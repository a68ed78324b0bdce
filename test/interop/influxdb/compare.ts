import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { forEachDataPoint } from '@otelier/otlp';
import { batchOf, type ComponentBench, createComponentBench } from '@otelier/testkit';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { influxdb as exporter } from '../../../packages/collector/src/exporters/influxdb.ts';
import { influxdb as receiver } from '../../../packages/collector/src/receivers/influxdb.ts';
import type { Comparison } from '../check.ts';
import { startServer } from '../processes.ts';

const INFLUXD = '/usr/bin/influxd';
const BATCHES = 5;
const BATCH_POINTS = 200;
/** Points whose value is an integer, where the server has floats. */
const REJECTED = 4;

/**
 * Writes points to a real InfluxDB, some of which it rejects, which passes them on to the receiver as its subscriber, and
 * compares what arrives. Also writes spans and log records, and counts them there.
 */
export async function compareWithInfluxDb(): Promise<Comparison> {
  if (!existsSync(INFLUXD)) throw new Error(`${INFLUXD} is missing: apt-get install influxdb`);
  const [port = 0, adminPort = 0, receiverPort = 0] = await freePorts(3);
  const directory = join(tmpdir(), `otelier-interop-influxdb-${port}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'influxdb.conf'), configOf(directory, port, adminPort));
  const server = await startServer([INFLUXD, '-config', join(directory, 'influxdb.conf')], [port], 100, 60_000);
  const receiving = await createComponentBench(receiver, {
    clock: systemClock,
    config: { endpoint: `127.0.0.1:${receiverPort}` },
  });
  try {
    await receiving.start();
    await query(port, 'CREATE DATABASE telemetry');
    const destination = `http://127.0.0.1:${receiverPort}`;
    await query(port, `CREATE SUBSCRIPTION s ON telemetry.autogen DESTINATIONS ALL '${destination}'`);
    const mismatches = [...(await writeMetrics(port, receiving)), ...(await writeItems(port))];
    return { compared: BATCHES * BATCH_POINTS + 20, mismatches };
  } finally {
    await receiving.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function configOf(directory: string, port: number, adminPort: number): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${adminPort}"
[meta]
  dir = "${directory}/meta"
[data]
  dir = "${directory}/data"
  wal-dir = "${directory}/wal"
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[subscriber]
  enabled = true
[logging]
  level = "error"
`;
}

async function query(port: number, statement: string): Promise<unknown> {
  const url = `http://127.0.0.1:${port}/query?db=telemetry&q=${encodeURIComponent(statement)}`;
  const response = await fetch(url, { method: 'POST' });
  const text = await response.text();
  if (!response.ok || text.includes('"error"')) throw new Error(`${statement}: ${text}`);
  return JSON.parse(text);
}

async function createExporter(port: number, signal: 'metrics' | 'logs' | 'traces'): Promise<ComponentBench> {
  const bench = await createComponentBench(exporter, {
    clock: systemClock,
    signals: [signal],
    config: {
      endpoint: `http://127.0.0.1:${port}`,
      v1_compatibility: { enabled: true, db: 'telemetry' },
      sending_queue: { enabled: false },
    },
  });
  await bench.start();
  return bench;
}

const START = 1_700_000_000_000_000_000n;

/** Points of one batch: half of them gauges, half of them sums, with names that need escapes. */
function pointsOf(batch: number) {
  const of = (parity: number) =>
    Array.from({ length: BATCH_POINTS / 2 }, (_, i) => ({
      timeUnixNano: String(START + BigInt(batch * BATCH_POINTS + 2 * i + parity)),
      attributes: [{ key: 'sen sor', value: { stringValue: `a=${i},"ü` } }],
      asDouble: batch + i / 8 + 0.0625,
    }));
  const wrong = batch > 0 ? [] : of(0).slice(0, REJECTED);
  return [
    { name: 'temp,erature', gauge: { dataPoints: of(0) } },
    { name: 'requests', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: of(1) } },
    ...(wrong.length === 0
      ? []
      : [
          {
            name: 'requests',
            gauge: { dataPoints: wrong.map(({ asDouble: _, ...point }) => ({ ...point, asInt: '1' })) },
          },
        ]),
  ];
}

async function writeMetrics(port: number, receiving: ComponentBench): Promise<readonly string[]> {
  const bench = await createExporter(port, 'metrics');
  const mismatches: string[] = [];
  const expected = new Set<string>();
  // The field has floats already. Types of fields are those of a shard, which is a range of time.
  const first = [{ name: 'requests', gauge: { dataPoints: [{ timeUnixNano: String(START - 1n), asDouble: 1.5 }] } }];
  await bench.send(batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: first }] }] }));
  for (let batch = 0; batch < BATCHES; batch++) {
    const metrics = pointsOf(batch);
    for (const { name, ...data } of metrics.slice(0, 2))
      for (const { timeUnixNano, attributes, asDouble } of Object.values(data)[0]?.dataPoints ?? [])
        expected.add(`${name} ${timeUnixNano} ${attributes[0]?.value.stringValue} ${asDouble}`);
    const outcome = await bench.send(
      batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] } as never),
    );
    const wanted = batch === 0 ? `partial ${REJECTED}` : 'accepted';
    const got = outcome.kind === 'partial' ? `partial ${outcome.rejectedItems}` : outcome.kind;
    if (got !== wanted) mismatches.push(`batch ${batch}: expected ${wanted}, got ${JSON.stringify(outcome)}`);
  }
  await bench.close();
  const arrived = await receivedPoints(receiving, expected.size);
  return [
    ...mismatches,
    ...[...expected].filter((point) => !arrived.has(point)).map((point) => `${point} has not arrived`),
  ];
}

/** Waits until the subscriber has as many points, and returns them. */
async function receivedPoints(receiving: ComponentBench, count: number): Promise<ReadonlySet<string>> {
  const arrived = new Set<string>();
  for (let attempts = 0; attempts < 100 && arrived.size < count; attempts++) {
    await setTimeout(100);
    for (const part of receiving.received.splice(0).flatMap(({ parts }) => parts))
      forEachDataPoint(part, (point, { name }) => {
        const sensor = String(point.attributes.get('sen sor'));
        arrived.add(`${name} ${point.timeUnixNano} ${sensor} ${String(point.value)}`);
      });
  }
  return arrived;
}

async function writeItems(port: number): Promise<readonly string[]> {
  const timeUnixNano = String(START);
  const spans = Array.from({ length: 10 }, (_, i) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: `b7ad6b716920333${i}`,
    name: `GET /${i} "x\\`,
    startTimeUnixNano: timeUnixNano,
    endTimeUnixNano: String(START + 5n),
    events: [{ timeUnixNano: String(START + BigInt(i)), name: 'e' }],
  }));
  const logRecords = Array.from({ length: 10 }, (_, i) => ({
    timeUnixNano: String(START + 100n + BigInt(i)),
    body: { stringValue: `line ${i}\n"quoted" \\` },
  }));
  const traces = await createExporter(port, 'traces');
  const logs = await createExporter(port, 'logs');
  const outcomes = [
    await traces.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] } as never)),
    await logs.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] } as never)),
  ];
  await traces.close();
  await logs.close();
  const counts = [
    ['spans', 'span_id', 10],
    ['logs', 'body', 10],
    ['logs', '"event.name"', 10],
  ] as const;
  const mismatches: string[] = outcomes.flatMap((outcome) =>
    outcome.kind === 'accepted' ? [] : [JSON.stringify(outcome)],
  );
  for (const [measurement, field, expected] of counts) {
    const result = JSON.stringify(await query(port, `SELECT count(${field}) FROM ${measurement}`));
    if (!result.includes(`,${expected}]`))
      mismatches.push(`${measurement}.${field}: expected ${expected}, got ${result}`);
  }
  const body = JSON.stringify(await query(port, 'SELECT body FROM logs ORDER BY time DESC LIMIT 1'));
  if (!body.includes(JSON.stringify('line 9\n"quoted" \\')))
    mismatches.push(`expected the body of a log record, got ${body}`);
  return mismatches;
}
