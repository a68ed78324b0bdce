import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { context, diag, logs, metrics, propagation, SeverityNumber, trace } from '@opentelemetry/api';
import { requestToJson, type Signal } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { startSdk } from '../../node.ts';
import { startSink } from '../../sink.testing.ts';
import { all, attributesOf, listOf, startFrom, tracer } from './start-from.testing.ts';

test('reads every setting of a file', async (t) => {
  const [http, json, grpc] = [await startSink(t), await startSink(t), createRecordingHandler()];
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, grpc);
  t.after(() => server.shutdown(0));
  const text = await readFile(join(import.meta.dirname, 'everything.testing.yaml'), 'utf8');
  const { sdk, warnings } = await startFrom(t, text, {
    HTTP: http.url,
    JSON: json.url,
    GRPC: server.address,
    TENANT: 'a',
    OUTPUT: `file://${tmpdir()}/otelier-${process.pid}.jsonl`,
    OTEL_SERVICE_NAME: 'from the environment',
    OTEL_TRACES_SAMPLER: 'always_off',
    OTEL_SPAN_EVENT_COUNT_LIMIT: '0',
  });
  t.after(() => rm(`${tmpdir()}/otelier-${process.pid}.jsonl`, { force: true }));
  assert.deepEqual(warnings, []);
  assert.equal(sdk.clients.length, 8);

  tracer().startActiveSpan('GET /cart', (span) => {
    for (const name of ['1', '2', '3']) span.addEvent(name, { a: 1, b: 2, c: 3 });
    for (let i = 0; i < 3; i++) span.addLink({ context: span.spanContext(), attributes: { a: 1, b: 2, c: 3 } });
    span.setAttributes({ a: 'x'.repeat(20), b: 2, c: 3, d: 4, e: 5 });
    metrics.getMeter('shop').createCounter('requests', { unit: '1' }).add(2, { kept: 1, left: 2, out: 3 });
    span.end();
  });
  const meter = metrics.getMeter('shop');
  meter.createHistogram('duration').record(7);
  meter.createHistogram('size').record(7);
  for (const width of [7, 1e6]) meter.createHistogram('width').record(width);
  meter.createCounter('dropped').add(1);
  logs
    .getLogger('shop')
    .emit({ body: 'no price', severityNumber: SeverityNumber.INFO, attributes: { a: 'x'.repeat(20), b: 2, c: 3 } });
  logs.getLogger('shop').emit({ body: 'too little', severityNumber: SeverityNumber.TRACE4 });
  const unsampled = trace.setSpanContext(context.active(), {
    traceId: '1'.repeat(32),
    spanId: '1'.repeat(16),
    traceFlags: 0,
  });
  logs.getLogger('of traces').emit({ body: 'of an unsampled trace', context: unsampled });
  logs.getLogger('noisy.library').emit({ body: 'too little', severityNumber: SeverityNumber.INFO });
  logs.getLogger('quiet').emit({ body: 'disabled', severityNumber: SeverityNumber.FATAL });
  assert.deepEqual(await sdk.forceFlush(), { kind: 'flushed' });

  const [span] = http.spans();
  const counts = (field: string) => listOf(span?.[field]).length;
  assert.deepEqual(['attributes', 'events', 'links'].map(counts), [4, 2, 1]);
  assert.equal(attributesOf(span ?? {})['a'], 'xxxxx');
  assert.equal(listOf(listOf(span?.['events'])[0]?.['attributes']).length, 2);
  assert.equal(listOf(listOf(span?.['links'])[0]?.['attributes']).length, 1);
  const [traces] = http.handler.requests.filter(({ signal }) => signal === 'traces');
  assert.deepEqual(
    [traces?.headers['x-tenant'], traces?.headers['x-list'], traces?.headers['content-encoding']],
    ['a', 'c d', 'gzip'],
  );
  assert.deepEqual(attributesOf(http.scopes()[0]?.resource ?? {}), {
    'service.name': 'shop',
    'service.version': '1.2.3',
    tier: 'gold',
    replicas: '3',
    share: 0.5,
    canary: true,
    names: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] },
    'process.pid': String(process.pid),
  });
  assert.deepEqual(
    json.spans().map(({ name }) => name),
    ['GET /cart'],
  );
  assert.ok(json.handler.requests.every(({ encoding }) => encoding === 'json'));
  assert.deepEqual(namesIn(grpc.requests), ['GET /cart']);

  assert.deepEqual(
    http
      .logs()
      .map((record) => [record.body?.stringValue, listOf(record['attributes']).length, attributesOf(record)['a']]),
    [['no price', 2, 'xxx']],
  );

  const seen = Object.fromEntries(http.metrics().map((metric) => [metric.name, metric]));
  assert.deepEqual(Object.keys(seen).toSorted(), ['calls', 'duration', 'size', 'width']);
  assert.deepEqual(attributesOf(seen['calls']?.sum?.dataPoints[0] ?? {}), { kept: '1' });
  assert.equal(seen['calls']?.description, 'Calls of the shop.');
  assert.equal(seen['calls']?.sum?.aggregationTemporality, 1);
  assert.equal(listOf(seen['calls']?.sum?.dataPoints[0]?.['exemplars']).length, 1);
  assert.deepEqual(seen['duration']?.histogram?.dataPoints[0]?.['explicitBounds'], [5, 10]);
  assert.equal(seen['duration']?.histogram?.dataPoints[0]?.['min'], undefined);
  assert.equal(listOf(seen['size']?.exponentialHistogram?.dataPoints[0]?.['exemplars']).length, 1);
  assert.equal(seen['size']?.exponentialHistogram?.dataPoints[0]?.['scale'], 3);
  assert.equal(seen['size']?.exponentialHistogram?.dataPoints[0]?.['min'], undefined);
  // 18 buckets at powers of two; twice as many would exceed 20.
  assert.equal(seen['width']?.exponentialHistogram?.dataPoints[0]?.['scale'] ?? 0, 0);
  assert.equal(seen['width']?.exponentialHistogram?.dataPoints[0]?.['min'], 7);
  const lines = (await readFile(`${tmpdir()}/otelier-${process.pid}.jsonl`, 'utf8')).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => Object.keys(JSON.parse(line))),
    [['resourceMetrics']],
  );

  assert.deepEqual(propagation.fields(), ['baggage', 'traceparent', 'tracestate']);
  const remote = (flags: string) =>
    propagation.extract(context.active(), {
      traceparent: `00-0123456789abcdef0123456789abcdef-0123456789abcdef-${flags}`,
    });
  assert.deepEqual(
    ['00', '01'].map((flags) => tracer().startSpan('x', {}, remote(flags)).isRecording()),
    [true, false],
  );
});

test('reads a JSON file', async (t) => {
  const sink = await startSink(t);
  const text = JSON.stringify({
    file_format: '1.0-rc.3',
    tracer_provider: { processors: [{ simple: { exporter: { otlp_http: { endpoint: `\${URL}/v1/traces` } } } }] },
  });
  const { sdk } = await startFrom(t, text, { URL: sink.url }, 'otel.json');
  for (let i = 0; i < 3; i++) tracer().startSpan('x').end();
  await sdk.forceFlush();
  assert.equal(sink.handler.requests.length, 3);
  assert.deepEqual([sdk.meterProvider, sdk.loggerProvider, propagation.fields()], [undefined, undefined, []]);
});

test('reads the experimental name of the variable', async () => {
  const environment = { OTEL_EXPERIMENTAL_CONFIG_FILE: '/none.yaml' };
  await assert.rejects(
    startSdk({ environment }),
    /^ConfigurationFileError: \/none\.yaml: expected a readable file, got /,
  );
});

test('a disabled SDK has no providers', async (t) => {
  const { sdk, warnings } = await startFrom(t, `${all('http://127.0.0.1:1')}disabled: true\n`.replace('1.0', '1.9'));
  assert.deepEqual([sdk.clients, sdk.tracerProvider], [[], undefined]);
  assert.deepEqual(warnings, ['file_format: expected at most 1.1, got 1.9; newer settings are not supported']);
});

for (const [level, expected] of [
  ['fatal2', ['error']],
  ['error', ['error']],
  ['warn4', ['error', 'warn']],
  ['info', ['error', 'warn']],
  ['trace', ['error', 'warn']],
] as const) {
  test(`log_level ${level}`, async (t) => {
    const { warnings } = await startFrom(t, `file_format: "1.0"\nlog_level: ${level}\n`);
    diag.error('error');
    diag.warn('warn');
    assert.deepEqual(warnings, expected);
  });
}

test('options override the file', async (t) => {
  const [ofFile, ofProgram] = [await startSink(t), await startSink(t)];
  const text = all(ofFile.url).replace(
    '/v1/traces"',
    '/v1/traces", headers: [{ name: a, value: "1" }, { name: b, value: "1" }]',
  );
  const { sdk } = await startFrom(t, text, {}, 'otel.yaml', { endpoint: ofProgram.url, headers: { B: '2' } });
  tracer().startSpan('x').end();
  await sdk.forceFlush();
  assert.equal(ofFile.handler.requests.length, 0);
  const { headers } = ofProgram.handler.requests[0] ?? {};
  assert.deepEqual([headers?.['a'], headers?.['b']], ['1', '2']);
});

test('accepts settings without a value and those of other distributions', async (t) => {
  const sink = await startSink(t);
  const { sdk, warnings } = await startFrom(
    t,
    `${all(sink.url)}
attribute_limits: { attribute_value_length_limit: , attribute_value_depth_limit: 64, attribute_count_limit: 128 }
distribution: { other: { x: 1 } }
instrumentation/development: { general: { stability_opt_in_list:  } }
propagator: { composite: [{ tracecontext: }, { baggage: }] }
`,
  );
  assert.deepEqual(warnings, []);
  assert.ok(sdk.tracerProvider);
});

function namesIn(requests: readonly { readonly signal: Signal; readonly body: Uint8Array }[]): readonly string[] {
  return requests.flatMap(({ signal, body }) =>
    [...requestToJson(signal, body).matchAll(/"name":"(GET [^"]*)"/g)].map(([, name]) => name ?? ''),
  );
}
