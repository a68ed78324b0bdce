import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type KeyValueJson, keyValues, type SpanJson } from '@otelier/testkit/otlp-json';
import { type Gateway, type Lifetime, runOtelier, startGateway, tempDirectory } from './gateway.ts';
import { itemsOf, parseLines } from './items.ts';
import { send } from './send.ts';

const RECEIVERS =
  'receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:7317, max_recv_msg_size_mib: 64}, http: {endpoint: 127.0.0.1:7318}}}}';
const GRPC = (compression: string): string =>
  `exporters: {otlp_grpc: {endpoint: 127.0.0.1:5317, tls: {insecure: true}, compression: ${compression}, sending_queue: {enabled: true}}}`;
const TRACES = (processor: string, exporter: string): string =>
  `service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [otlp], processors: [${processor}], exporters: [${exporter}]}}}`;
const ALL = (around: string): string =>
  `service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {${around}}, metrics: {${around}}, logs: {${around}}}}`;

/** Configuration files written for the Collector. */
const FILES = {
  nop: [RECEIVERS, 'exporters: {nop: {}}', ALL('receivers: [otlp], exporters: [nop]')],
  batch: [
    ...[RECEIVERS, 'processors: {batch: {send_batch_size: 8192}}', GRPC('none')],
    ALL('receivers: [otlp], processors: [batch], exporters: [otlp_grpc]'),
  ],
  batchgz: [RECEIVERS, 'processors: {batch: {send_batch_size: 8192}}', GRPC('gzip'), TRACES('batch', 'otlp_grpc')],
  filter: [
    RECEIVERS,
    `processors:\n  filter: {error_mode: ignore, traces: {span: ['attributes["http.response.status_code"] == 500']}}`,
    'exporters: {nop: {}}',
    TRACES('filter', 'nop'),
  ],
  attributes: [
    RECEIVERS,
    'processors:\n  attributes: {actions: [{key: env, value: prod, action: insert},{key: user_agent.original, action: delete}]}',
    'exporters: {nop: {}}',
    TRACES('attributes', 'nop'),
  ],
  'probabilistic sampler': [
    RECEIVERS,
    'processors:\n  probabilistic_sampler: {sampling_percentage: 10}',
    'exporters: {nop: {}}',
    TRACES('probabilistic_sampler', 'nop'),
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Free ports, so that tests can run in parallel. */
const PORTS = [
  'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
  'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
];
const SPANS = 400;

for (const [name, lines] of Object.entries(FILES)) {
  test(`${name}: accepts a Collector configuration unchanged`, async (t) => {
    const file = join(await tempDirectory(t), 'collector.yaml');
    await writeFile(file, lines.join('\n'));
    const { code, stdout, stderr } = await runOtelier('validate', '--config', file);
    assert.equal(code, 0, stdout + stderr);
  });
}

test('nop: accepts and discards spans', async (t) => {
  const gateway = await startGateway(t, { config: [FILES.nop.join('\n')], set: PORTS });
  await sendSpans(gateway);
  assert.equal(await gateway.stop(), 0, gateway.output());
});

for (const name of ['batch', 'batchgz'] as const) {
  test(`${name}: forwards all spans by gRPC`, async (t) => {
    const destination = await startGateway(t);
    const set = [...PORTS, `exporters.otlp_grpc.endpoint=${destination.grpc}`];
    const gateway = await startGateway(t, { config: [FILES[name].join('\n')], set });
    await sendSpans(gateway);
    assert.equal(await gateway.stop(), 0, gateway.output());
    const { rows } = await destination.api.sql({
      statement: 'SELECT count(*)::INTEGER, count(DISTINCT span_id)::INTEGER FROM spans',
    });
    assert.deepEqual(rows, [[SPANS, SPANS]]);
  });
}

test('filter: drops the spans that match its condition', async (t) => {
  const kept = await throughFile(t, FILES.filter);
  assert.equal(kept.length, (SPANS * 3) / 4);
  assert.ok(kept.every((span) => attribute(span.attributes, 'http.response.status_code') !== '500'));
});

test('attributes: inserts and deletes attributes', async (t) => {
  const kept = await throughFile(t, FILES.attributes);
  assert.equal(kept.length, SPANS);
  for (const { attributes } of kept) {
    assert.deepEqual(
      attributes?.map(({ key }) => key),
      ['http.response.status_code', 'env'],
    );
    assert.equal(attribute(attributes, 'env'), 'prod');
  }
});

test('probabilistic sampler: keeps its share of spans, and the same traces each time', async (t) => {
  const kept = await throughFile(t, FILES['probabilistic sampler']);
  const share = kept.length / SPANS;
  assert.ok(share > 0.05 && share < 0.15, `kept ${kept.length} of ${SPANS}`);
  const again = await throughFile(t, FILES['probabilistic sampler']);
  assert.deepEqual(again.map(({ traceId }) => traceId).sort(), kept.map(({ traceId }) => traceId).sort());
});

/**
 * Replaces a configuration's `nop` exporter with a file exporter, using a second configuration file, and returns the
 * spans that it writes.
 */
async function throughFile(t: Lifetime, lines: readonly string[]): Promise<readonly SpanJson[]> {
  const path = join(await tempDirectory(t), 'out.jsonl');
  const over = `exporters: {file: {path: "${path}"}}\nservice: {pipelines: {traces: {exporters: [file]}}}`;
  const gateway = await startGateway(t, { config: [lines.join('\n'), over], set: PORTS });
  await sendSpans(gateway);
  assert.equal(await gateway.stop(), 0, gateway.output());
  return itemsOf(parseLines(await readFile(path, 'utf8'))).map(({ item }) => item as SpanJson);
}

/** Sends spans, every fourth of which has failed, with reproducible IDs that are distributed like random ones. */
async function sendSpans(gateway: Gateway): Promise<void> {
  const spans = Array.from({ length: SPANS }, (_, i) => ({
    traceId: spread(i, 16) + spread(i + SPANS, 16),
    spanId: spread(i + 2 * SPANS, 16),
    name: `span ${i}`,
    attributes: keyValues({ 'http.response.status_code': i % 4 === 0 ? 500 : 200, 'user_agent.original': 'curl' }),
  }));
  await send(gateway, 'traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function spread(i: number, digits: number): string {
  return (((BigInt(i) + 1n) * 0x9e3779b97f4a7c15n) & 0xffff_ffff_ffff_ffffn).toString(16).padStart(digits, '0');
}

function attribute(attributes: readonly KeyValueJson[] | undefined, key: string): unknown {
  const value = attributes?.find((one) => one.key === key)?.value;
  return value?.stringValue ?? value?.intValue;
}
