import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DataPointJson, KeyValueJson, LogRecordJson, MetricJson, SpanJson } from '@otelier/testkit/otlp-json';
import { type Gateway, runOtelier, startGateway, tempDirectory } from './gateway.ts';
import { assertSame, canonicalItems, itemsOf, POINT_KINDS, parseLines } from './items.ts';
import { PROTOCOLS, runApplication, type SentBySdk } from './sdk.ts';

const COUNT = 300;
const SIGNALS = ['traces', 'logs', 'metrics'] as const;

/** Returns a configuration with two parallel paths: through memory to a file, and through the store. */
const config = (directory: string): string => `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: "127.0.0.1:0"}}}}
processors: {batch: {timeout: 50ms}}
exporters: {store: {directory: "${directory}/store"}, file: {path: "${directory}/memory.jsonl"}}
extensions: {workbench: {endpoint: "127.0.0.1:0"}}
service:
  extensions: [workbench]
  pipelines:
${SIGNALS.map((signal) => `    ${signal}: {receivers: [otlp], exporters: [store]}\n    ${signal}/memory: {receivers: [otlp], processors: [batch], exporters: [file]}`).join('\n')}
`;

for (const protocol of PROTOCOLS) {
  test(`telemetry that the official SDK sends by ${protocol} arrives unchanged, through memory, the store and SQL`, async (t) => {
    const directory = await tempDirectory(t);
    const gateway = await startGateway(t, { config: [config(directory)] });
    const url = protocol === 'grpc' ? `http://${gateway.grpc}` : gateway.http;
    const sent = await runApplication('e2e-app', protocol, url, COUNT);
    assert.equal(canonicalItems(sent.traces).length, 2 * COUNT);
    assert.equal(canonicalItems(sent.logs).length, COUNT);
    for (const signal of SIGNALS) {
      const { code, stdout, stderr } = await runOtelier('export', '--signal', signal, '--url', gateway.url);
      assert.equal(code, 0, stderr);
      assertSame(canonicalItems(parseLines(stdout)), canonicalItems(sent[signal]), `${signal} through the store`);
    }
    await compareRows(gateway, sent);
    assert.equal(await gateway.stop(), 0, gateway.output());
    const memory = parseLines(await readFile(join(directory, 'memory.jsonl'), 'utf8'));
    assertSame(
      canonicalItems(memory),
      SIGNALS.flatMap((signal) => canonicalItems(sent[signal])),
      'through memory',
    );
  });
}

const STATEMENTS = {
  spans: `SELECT trace_id, span_id, parent_span_id, name, kind, status_code, status_message, service_name, scope_name,
    epoch_ns(start_time)::VARCHAR, duration_ns::VARCHAR, len(events::JSON[]), len(links::JSON[]),
    (attributes->>'app.index')::INTEGER, attributes->>'app.text', (attributes->>'app.ratio')::DOUBLE,
    resource_attributes->>'service.version' FROM spans`,
  logs: `SELECT trace_id, span_id, severity_number, severity_text, event_name, service_name, scope_name,
    epoch_ns(time)::VARCHAR, (attributes->>'app.index')::INTEGER FROM logs`,
  metric_points: `SELECT name, unit, kind, service_name, scope_name, epoch_ns(time)::VARCHAR, attributes->>'route',
    value, count::DOUBLE, sum, min, max FROM metric_points`,
};

/** Queries the stored rows with SQL and compares them with the sent telemetry. */
async function compareRows(gateway: Gateway, sent: SentBySdk): Promise<void> {
  const expected = {
    spans: itemsOf(sent.traces).map(({ item }) => spanRow(item as SpanJson)),
    logs: itemsOf(sent.logs).map(({ item }) => logRow(item as LogRecordJson)),
    metric_points: itemsOf(sent.metrics).map(({ metric, item }) =>
      pointRow(metric as MetricJson, item as DataPointJson),
    ),
  };
  for (const relation of ['spans', 'logs', 'metric_points'] as const) {
    const { rows } = await gateway.api.sql({ statement: STATEMENTS[relation], maxRows: 10_000 });
    assertSame(rows.map(rowText), expected[relation].map(rowText), relation);
  }
}

function rowText(row: readonly unknown[]): string {
  return JSON.stringify(row.map((value) => value ?? null));
}

function spanRow(span: SpanJson): unknown[] {
  const start = BigInt(span.startTimeUnixNano ?? 0);
  return [
    ...[span.traceId, span.spanId, span.parentSpanId, span.name],
    ...[['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][span.kind ?? 0]],
    ...[['UNSET', 'OK', 'ERROR'][span.status?.code ?? 0], span.status?.message],
    ...['e2e-app', 'app.tracing', String(start), String(BigInt(span.endTimeUnixNano ?? 0) - start)],
    ...[span.events?.length || undefined, span.links?.length || undefined],
    ...['app.index', 'app.text', 'app.ratio'].map((key) => attribute(span.attributes, key)),
    '1.2.3',
  ];
}

function logRow(record: LogRecordJson): unknown[] {
  return [
    ...[record.traceId, record.spanId, record.severityNumber, record.severityText, record.eventName],
    ...['e2e-app', 'app.logging', String(record.timeUnixNano), attribute(record.attributes, 'app.index')],
  ];
}

function pointRow(metric: MetricJson, point: DataPointJson): unknown[] {
  const kind = POINT_KINDS.find((name) => metric[name] !== undefined)?.replace('lH', 'l_h');
  const value = point.asDouble ?? (point.asInt === undefined ? undefined : Number(point.asInt));
  return [
    ...[metric.name, metric.unit || undefined, kind, 'e2e-app', 'app.metering', String(point.timeUnixNano)],
    ...[attribute(point.attributes, 'route'), value, point.count === undefined ? undefined : Number(point.count)],
    ...[point.sum, point.min, point.max],
  ];
}

function attribute(attributes: readonly KeyValueJson[] | undefined, key: string): unknown {
  const value = attributes?.find((one) => one.key === key)?.value;
  return (
    value?.stringValue ?? value?.doubleValue ?? (value?.intValue === undefined ? undefined : Number(value.intValue))
  );
}
