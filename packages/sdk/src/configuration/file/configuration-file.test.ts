import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type Context,
  context,
  diag,
  logs,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SeverityNumber,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { requestToJson, type Signal } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit';
import { createRecordingHandler } from '@otelier/testkit/transport';
import { createGrpcServer } from '@otelier/transport';
import { type ClientOptions, type Sdk, startSdk } from '../../node.ts';
import { type Sink, startSink } from '../../sink.testing.ts';

type Variables = Readonly<Record<string, string>>;

/** Starts an SDK of a file with this text; `said` is what it warns of. */
async function startFrom(
  t: TestContext,
  text: string,
  environment: Variables = {},
  name = 'otel.yaml',
  client: ClientOptions = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'otelier-configuration-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  const said: string[] = [];
  const keep = (message: string) => said.push(message);
  const sdk = await startSdk({
    environment: { OTEL_CONFIG_FILE: join(folder, name), ...environment },
    client: { log: () => {}, ...client },
    diagLogger: { error: keep, warn: keep, info() {}, debug() {}, verbose() {} },
  });
  t.after(() => sdk.shutdown(0));
  return { sdk, said };
}

/** What such a file is refused with, without the folder. */
async function refusalOf(t: TestContext, text: string, environment: Variables = {}): Promise<string> {
  const error: Error = await startFrom(t, text, environment).then(
    () => assert.fail('it was taken'),
    (thrown) => thrown,
  );
  assert.equal(error.name, 'ConfigurationFileError');
  return error.message.replace(/^.*?(?=otel\.yaml)/, '');
}

const processors = (url: string, signal: string) => `
  processors:
    - batch:
        exporter: { otlp_http: { endpoint: "${url}/v1/${signal}" } }`;
const all = (url: string) => `file_format: "1.0"
tracer_provider: ${processors(url, 'traces')}
logger_provider: ${processors(url, 'logs')}
meter_provider:
  readers:
    - periodic:
        exporter: { otlp_http: { endpoint: "${url}/v1/metrics" } }
`;

const tracer = () => trace.getTracer('shop');

test('everything that a file can say', async (t) => {
  const [http, json, grpc] = [await startSink(t), await startSink(t), createRecordingHandler()];
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, grpc);
  t.after(() => server.shutdown(0));
  const text = await readFile(join(import.meta.dirname, 'everything.testing.yaml'), 'utf8');
  const { sdk, said } = await startFrom(t, text, {
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
  assert.deepEqual(said, []);
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
  logs.getLogger('of traces').emit({ body: 'of a trace that is not kept', context: unsampled });
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
  // 18 buckets of powers of two; twice as many would be more than 20.
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

test('a file of JSON', async (t) => {
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

test('the name of the time before it was stable', async () => {
  const environment = { OTEL_EXPERIMENTAL_CONFIG_FILE: '/none.yaml' };
  await assert.rejects(
    startSdk({ environment }),
    /^ConfigurationFileError: \/none\.yaml: expected a file that can be read, got /,
  );
});

test('disabled', async (t) => {
  const { sdk, said } = await startFrom(t, `${all('http://127.0.0.1:1')}disabled: true\n`.replace('1.0', '1.9'));
  assert.deepEqual([sdk.clients, sdk.tracerProvider], [[], undefined]);
  assert.deepEqual(said, ['file_format: expected at most 1.1, got 1.9; what is new in it is not known here']);
});

for (const [level, expected] of [
  ['fatal2', ['error']],
  ['error', ['error']],
  ['warn4', ['error', 'warn']],
  ['info', ['error', 'warn']],
  ['trace', ['error', 'warn']],
] as const) {
  test(`log_level ${level}`, async (t) => {
    const { said } = await startFrom(t, `file_format: "1.0"\nlog_level: ${level}\n`);
    diag.error('error');
    diag.warn('warn');
    assert.deepEqual(said, expected);
  });
}

test('several processors: each has a batch, a queue and an end of its own', async (t) => {
  const [first, second] = [await startSink(t), await startSink(t)];
  const { sdk } = await startFrom(
    t,
    `file_format: "1.0"
tracer_provider:
  processors:
    - batch: { max_queue_size: 2, max_export_batch_size: 1, export_timeout: 1, exporter: { otlp_http: { endpoint: "${first.url}/v1/traces" } } }
    - batch: { exporter: { otlp_http: { endpoint: "${second.url}/v1/traces" } } }
`,
  );
  first.handler.answer = () => ({ kind: 'retry', afterMillis: undefined, reason: 'busy' });
  for (let i = 0; i < 5; i++) tracer().startSpan('x').end();
  assert.deepEqual(await sdk.forceFlush(), { kind: 'flushed' });
  assert.equal(second.spans().length, 5);
  const { retries_exhausted: late, queue_full: full } = sdk.clients[0]?.health.traces?.droppedItems ?? {};
  assert.equal((late ?? 0) + (full ?? 0), 5);
  assert.ok((full ?? 0) > 0);
});

const reader = (url: string, settings: string) => `file_format: "1.0"
meter_provider:
  readers:
    - periodic: { ${settings}, exporter: { otlp_http: { endpoint: "${url}/v1/metrics" } } }
`;

test('the interval of a reader', async (t) => {
  const [sink, clock] = [await startSink(t), createManualClock()];
  const options = { clock, batch: { maxDelayMillis: 0 } };
  const { sdk } = await startFrom(t, reader(sink.url, 'interval: 5000'), {}, 'otel.yaml', options);
  metrics.getMeter('x').createCounter('c').add(1);
  await clock.advance(4_999);
  assert.equal(sink.handler.requests.length, 0);
  await clock.advance(1);
  await clock.advance(0);
  await sink.handler.untilRequests(1);
  await sdk.shutdown();
});

test('the time for callbacks, and the most sets of attributes', { timeout: 10_000 }, async (t) => {
  const sink = await startSink(t);
  const { sdk } = await startFrom(t, reader(sink.url, 'timeout: 5, cardinality_limits: { default: 2 }'));
  const meter = metrics.getMeter('x');
  meter.createObservableCounter('slow').addCallback(() => new Promise(() => {}));
  const counter = meter.createCounter('fast');
  for (const set of ['a', 'b', 'c', 'd', 'e']) counter.add(1, { set });
  await sdk.forceFlush();
  const seen = sink.metrics().map(({ name, sum }) => [name, (sum?.dataPoints.length ?? 0) <= 3]);
  assert.deepEqual(seen, [['fast', true]]);
});

for (const [root, isSent] of [
  ['always_off', false],
  ['always_on', true],
] as const) {
  test(`always_record over ${root}`, async (t) => {
    const sink = await startSink(t);
    const text = `${all(sink.url).replace('logger_provider', '  sampler: { always_record: { root: { ROOT: } } }\nlogger_provider')}`;
    const { sdk } = await startFrom(t, text.replace('ROOT', root));
    const span = tracer().startSpan('x');
    assert.equal(span.isRecording(), true);
    span.end();
    await sdk.forceFlush();
    assert.equal(sink.spans().length, isSent ? 1 : 0);
  });
}

const RULES = `file_format: "1.0"
tracer_provider:
  processors: [{ simple: { exporter: { otlp_http: } } }]
  sampler:
    composite/development:
      rule_based:
        rules:
          - { attribute_values: { key: "http.status", values: ["404", "500"] }, sampler: { always_on: } }
          - { attribute_patterns: { key: tags, included: ["a*"], excluded: ["ab*"] }, sampler: { always_on: } }
          - { span_kinds: [client, producer], parent: [none, local], sampler: { always_on: } }
          - { attribute_patterns: { key: "url" }, parent: [none], sampler: { probability: { ratio: 0 } } }
          - { parent: [remote], sampler: { parent_threshold: { root: { always_off: } } } }
`;
const REMOTE = trace.setSpanContext(ROOT_CONTEXT, {
  ...{ traceId: '1'.repeat(32), spanId: '1'.repeat(16), isRemote: true },
  traceFlags: TraceFlags.SAMPLED,
});
const SAMPLED: readonly (readonly [span: SpanOptions, parent: Context, isKept: boolean])[] = [
  [{}, ROOT_CONTEXT, false],
  [{ attributes: { 'http.status': 404 } }, ROOT_CONTEXT, true],
  [{ attributes: { 'http.status': 200 } }, ROOT_CONTEXT, false],
  [{ attributes: { tags: ['x', 'aa'] } }, ROOT_CONTEXT, true],
  [{ attributes: { tags: ['x', 'ab'] } }, ROOT_CONTEXT, false],
  [{ kind: SpanKind.CLIENT }, ROOT_CONTEXT, true],
  [{ kind: SpanKind.SERVER }, ROOT_CONTEXT, false],
  [{ kind: SpanKind.PRODUCER, attributes: { url: '/' } }, ROOT_CONTEXT, true],
  [{ attributes: { url: '/' } }, ROOT_CONTEXT, false],
  [{}, REMOTE, true],
];
for (const [options, parent, isKept] of SAMPLED) {
  test(`a sampler of rules: ${JSON.stringify(options)} ${parent === REMOTE ? 'with' : 'without'} a parent is ${isKept ? '' : 'not '}kept`, async (t) => {
    await startFrom(t, RULES);
    const span = tracer().startSpan('x', options, parent);
    assert.equal(span.isRecording(), isKept);
    if (isKept && parent === ROOT_CONTEXT) assert.equal(span.spanContext().traceState?.serialize(), 'ot=th:0');
  });
}

for (const [selector, right, wrong] of [
  ['instrument_type', 'counter', 'histogram'],
  ['unit', '"1"', 's'],
  ['meter_name', 'shop', 'other'],
  ['meter_version', '"1.0"', '"2.0"'],
  ['meter_schema_url', 'https://a', 'https://b'],
] as const) {
  test(`a view selects by ${selector}`, async (t) => {
    const sink = await startSink(t);
    const views = [right, wrong].map(
      (value) => `
    - { selector: { instrument_name: c, ${selector}: ${value} }, stream: { name: ${value === right ? 'right' : 'wrong'} } }`,
    );
    const { sdk } = await startFrom(t, `${reader(sink.url, 'interval: 60000')}  views:${views.join('')}\n`);
    metrics.getMeter('shop', '1.0', { schemaUrl: 'https://a' }).createCounter('c', { unit: '1' }).add(1);
    await sdk.forceFlush();
    assert.deepEqual(
      sink.metrics().map(({ name }) => name),
      ['right'],
    );
  });
}

test('a view has a bound on sets of attributes', async (t) => {
  const sink = await startSink(t);
  const view = '{ selector: { instrument_name: c }, stream: { aggregation_cardinality_limit: 2 } }';
  const { sdk } = await startFrom(t, `${reader(sink.url, 'interval: 60000')}  views: [${view}]\n`);
  for (const set of ['a', 'b', 'c', 'd', 'e']) metrics.getMeter('x').createCounter('c').add(1, { set });
  await sdk.forceFlush();
  assert.ok((sink.metrics()[0]?.sum?.dataPoints.length ?? 9) <= 3);
});

test('the delay of a processor, and that of the schema', async (t) => {
  for (const [setting, millis] of [
    ['schedule_delay: 7000,', 7_000],
    ['', 5_000],
  ] as const) {
    const [sink, clock] = [await startSink(t), createManualClock()];
    const text = traces(
      `processors: [{ batch: { ${setting} exporter: { otlp_http: { endpoint: "${sink.url}/v1/traces" } } } }]`,
    );
    const { sdk } = await startFrom(t, text, {}, 'otel.yaml', { clock });
    tracer().startSpan('x').end();
    await clock.advance(millis - 1);
    assert.equal(sink.handler.requests.length, 0);
    await clock.advance(1);
    await sink.handler.untilRequests(1);
    await sdk.shutdown();
  }
});

test('what the program says counts more than the file', async (t) => {
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

const ENVIRONMENT = {
  STRING_VALUE: 'value',
  BOOL_VALUE: 'true',
  INT_VALUE: '1',
  FLOAT_VALUE: '1.1',
  HEX_VALUE: '0xdeadbeef',
  INVALID_MAP_VALUE: 'value\nkey:value',
  DO_NOT_REPLACE_ME: 'Never use this value',
  REPLACE_ME: `\${DO_NOT_REPLACE_ME}`,
  VALUE_WITH_ESCAPE: 'value$$',
  EMPTY: '',
};

/** The table of the specification ("Environment variable substitution"), and some more. */
const SUBSTITUTIONS: readonly (readonly [yaml: string, type: string, value: unknown])[] = [
  [`\${STRING_VALUE}`, 'string', 'value'],
  [`\${BOOL_VALUE}`, 'bool', true],
  [`\${INT_VALUE}`, 'int', '1'],
  [`\${FLOAT_VALUE}`, 'double', 1.1],
  [`\${HEX_VALUE}`, 'int', '3735928559'],
  [`"\${STRING_VALUE}"`, 'string', 'value'],
  [`"\${BOOL_VALUE}"`, 'string', 'true'],
  [`"\${INT_VALUE}"`, 'string', '1'],
  [`'\${FLOAT_VALUE}'`, 'string', '1.1'],
  [`\${env:STRING_VALUE}`, 'string', 'value'],
  [`\${INVALID_MAP_VALUE}`, 'string', 'value\nkey:value'],
  [`foo \${STRING_VALUE} \${FLOAT_VALUE}`, 'string', 'foo value 1.1'],
  [`\${UNDEFINED_KEY}`, 'string', undefined],
  [`\${UNDEFINED_KEY:-fallback}`, 'string', 'fallback'],
  [`\${EMPTY:-fallback}`, 'string', 'fallback'],
  [`\${env:UNDEFINED_KEY:-5}`, 'int', '5'],
  [`\${REPLACE_ME}`, 'string', `\${DO_NOT_REPLACE_ME}`],
  [`\${UNDEFINED_KEY:-\${STRING_VALUE}}`, 'string', `\${STRING_VALUE}`],
  [`$\${STRING_VALUE}`, 'string', `\${STRING_VALUE}`],
  [`$$\${STRING_VALUE}`, 'string', '$value'],
  [`$$$\${STRING_VALUE}`, 'string', `$\${STRING_VALUE}`],
  [`$\${STRING_VALUE:-fallback}`, 'string', `\${STRING_VALUE:-fallback}`],
  [`$\${STRING_VALUE:-\${STRING_VALUE}}`, 'string', `\${STRING_VALUE:-value}`],
  [`\${UNDEFINED_KEY:-$\${UNDEFINED_KEY}}`, 'string', `\${UNDEFINED_KEY:-\${UNDEFINED_KEY}}`],
  [`\${VALUE_WITH_ESCAPE}`, 'string', 'value$$'],
  ['a $$ b', 'string', 'a $ b'],
  ['a $ b', 'string', 'a $ b'],
];

test('variables are put where the file refers to them, as the table of the specification says', async (t) => {
  const sink = await startSink(t);
  const block = SUBSTITUTIONS.map(
    ([yaml, type], i) => `    - name: a${i}\n      type: ${type}\n      value: ${yaml}`,
  ).join('\n');
  const { sdk } = await startFrom(
    t,
    `${all(sink.url)}resource:\n  attributes:\n${block}\n    - name: \${STRING_VALUE}\n      value: x\n`,
    ENVIRONMENT,
  );
  tracer().startSpan('x').end();
  await sdk.forceFlush();
  const seen = attributesOf(sink.scopes()[0]?.resource ?? {});
  for (const [i, [yaml, , value]] of SUBSTITUTIONS.entries()) assert.deepEqual(seen[`a${i}`], value, yaml);
});

const traces = (text: string) => `file_format: "1.0"\ntracer_provider:\n${text.replace(/^/gm, '  ')}\n`;
const exporter = (text: string) => traces(`processors:\n  - batch:\n      exporter:\n        ${text}`);
const AT = 'tracer_provider.processors[0].batch';

const BAD: readonly (readonly [text: string, message: string])[] = [
  ['', 'otel.yaml: file_format: expected "1.0", a release candidate of it, or a later 1.x, got nothing'],
  ['file_format: 1.0', 'otel.yaml:1: file_format: expected text, got 1'],
  [
    'file_format: "0.4"',
    'otel.yaml:1: file_format: expected "1.0", a release candidate of it, or a later 1.x, got "0.4"',
  ],
  [
    'a: [',
    'otel.yaml:1: expected YAML or JSON: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['- a', 'otel.yaml: expected a mapping, got a list'],
  ['file_format: "1.0"\nfile_format: "1.0"', 'otel.yaml:2: expected YAML or JSON: Map keys must be unique'],
  [
    'file_format: "1.0"\ntracer_provder:',
    'otel.yaml:2: tracer_provder: expected file_format, disabled, log_level, attribute_limits, resource, propagator, tracer_provider, meter_provider, logger_provider, instrumentation/development or distribution, got "tracer_provder"',
  ],
  [
    'file_format: "1.0"\ninstrumentation/development: { general: { http: { client: { request_captured_headers: [a] } } } }',
    'otel.yaml:2: instrumentation/development.general.http.client.request_captured_headers[0]: expected nothing, for this library sets up no instrumentations, got "a"',
  ],
  [
    `file_format: "1.0"\ndisabled: \${X:?secret}`,
    `otel.yaml:2: expected \${NAME}, \${env:NAME} or \${NAME:-otherwise}, got \${X:…}`,
  ],
  [
    `file_format: "1.0"\ndisabled: \${sys:x}`,
    `otel.yaml:2: expected \${NAME}, \${env:NAME} or \${NAME:-otherwise}, got \${sys:…}`,
  ],
  ['file_format: "1.0"\ndisabled: "yes"', 'otel.yaml:2: disabled: expected true or false, got "yes"'],
  ['file_format: "1.0"\nlog_level: loud', /log_level: expected trace, trace2, .* or fatal4, got "loud"$/.source],
  [
    traces('sampler: { always_on: }'),
    'otel.yaml:3: tracer_provider.processors: expected a list of at least one, got nothing',
  ],
  [
    traces('processors: []'),
    'otel.yaml:3: tracer_provider.processors: expected a list of at least one, got an empty list',
  ],
  [
    traces('processors: [{ batch: }]'),
    'otel.yaml:3: tracer_provider.processors[0].batch.exporter: expected an exporter, got nothing',
  ],
  [
    traces('processors: [{ own: }]'),
    'otel.yaml:3: tracer_provider.processors[0].own: expected batch or simple, got "own"',
  ],
  [
    exporter('zipkin: {}'),
    `otel.yaml:6: ${AT}.exporter.zipkin: expected otlp_http, otlp_grpc, console or otlp_file/development, got "zipkin"`,
  ],
  [
    exporter('{ console: , otlp_http: }'),
    `otel.yaml:6: ${AT}.exporter: expected a mapping with one of the keys otlp_http, otlp_grpc, console or otlp_file/development, got a mapping`,
  ],
  [
    exporter('otlp_http: { endpont: x }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.endpont: expected endpoint, tls, headers, headers_list, compression, timeout, max_request_size, max_response_size or encoding, got "endpont"`,
  ],
  [
    exporter('otlp_http: { endpoint: "localhost" }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.endpoint: expected an http or https URL, got "localhost"`,
  ],
  [
    exporter('otlp_grpc: { endpoint: "localhost" }'),
    `otel.yaml:6: ${AT}.exporter.otlp_grpc: expected an exporter that can be made, got endpoint: expected host:port, [ipv6]:port or unix:/path, got "localhost"`,
  ],
  [
    exporter('otlp_http: { compression: lz4 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.compression: expected none, gzip, deflate, zstd or brotli, got "lz4"`,
  ],
  [
    exporter('otlp_grpc: { compression: brotli }'),
    `otel.yaml:6: ${AT}.exporter.otlp_grpc.compression: expected none, gzip, deflate or zstd, got "brotli"`,
  ],
  [
    exporter('otlp_http: { timeout: -1 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.timeout: expected a whole number from 0 to 86400000, got -1`,
  ],
  [
    exporter('otlp_http: { encoding: xml }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.encoding: expected protobuf or json, got "xml"`,
  ],
  [
    exporter('otlp_http: { headers: { a: secret } }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers: expected a list of at least one, got a mapping`,
  ],
  [
    exporter('otlp_http: { headers: [{ name: a, value: 12345 }] }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers[0].value: expected text, got a secret number`,
  ],
  [
    exporter('otlp_http: { headers: [{ name: a }] }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers[0].value: expected the value of the header, got nothing`,
  ],
  [
    exporter('otlp_http: { headers: [{ name: a, value: "secret\\n" }] }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers[0]: expected a name and a value that HTTP can carry, got a mapping`,
  ],
  [
    exporter('otlp_http: { headers_list: "a=1,secret" }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers_list: expected name=value as member 2, got something else`,
  ],
  [
    exporter('otlp_http: { max_request_size: 1000 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.max_request_size: expected 0 or 67108864, for requests are bounded by max_export_batch_size, got 1000`,
  ],
  [
    exporter('otlp_grpc: { max_response_size: 1000 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_grpc.max_response_size: expected 4194304, for this library bounds responses itself, got 1000`,
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nid_generator: { own: }'),
    'otel.yaml:4: tracer_provider.id_generator.own: expected random, got "own"',
  ],
  [
    exporter('otlp_http: { tls: { cert_file: /none } }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.tls: expected key_file and cert_file together, got only one of them`,
  ],
  [
    exporter('otlp_file/development: { output_stream: /tmp/x }'),
    `otel.yaml:6: ${AT}.exporter.otlp_file/development.output_stream: expected stdout or file:///path/to/file.jsonl, got "/tmp/x"`,
  ],
  [exporter('console: { color: true }'), `otel.yaml:6: ${AT}.exporter.console.color: expected no keys, got "color"`],
  [
    traces('processors: [{ batch: { max_queue_size: 10, max_export_batch_size: 11, exporter: { console: } } }]'),
    `otel.yaml:3: ${AT}.max_export_batch_size: expected at most max_queue_size, 10, got 11`,
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nlimits: { attribute_value_depth_limit: 3 }'),
    'otel.yaml:4: tracer_provider.limits.attribute_value_depth_limit: expected at least 32, for values that are deeper are left out anyway, got 3',
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nlimits: { event_count_limit: many }'),
    'otel.yaml:4: tracer_provider.limits.event_count_limit: expected a whole number from 0 to 2147483647, got "many"',
  ],
  [
    traces(
      'processors: [{ simple: { exporter: { console: } } }]\nsampler: { jaeger_remote/development: { endpoint: x } }',
    ),
    'otel.yaml:4: tracer_provider.sampler.jaeger_remote/development: expected always_on, always_off, trace_id_ratio_based, probability/development, parent_based, always_record or composite/development, got "jaeger_remote/development"',
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nsampler: { trace_id_ratio_based: { ratio: 2 } }'),
    'otel.yaml:4: tracer_provider.sampler.trace_id_ratio_based.ratio: expected a number from 0 to 1, got 2',
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\ntracer_configurator/development: {}'),
    'otel.yaml:4: tracer_provider.tracer_configurator/development: expected processors, limits, sampler or id_generator, got "tracer_configurator/development"',
  ],
  [
    traces(
      'processors: [{ simple: { exporter: { console: } } }]\nsampler: { composite/development: { rule_based: { rules: [{ span_kinds: [serve], sampler: { always_on: } }] } } }',
    ),
    'otel.yaml:4: tracer_provider.sampler.composite/development.rule_based.rules[0].span_kinds[0]: expected internal, server, client, producer or consumer, got "serve"',
  ],
  [
    traces(
      'processors: [{ simple: { exporter: { console: } } }]\nsampler: { composite/development: { rule_based: { rules: [{ attribute_values: { values: [a] }, sampler: { always_on: } }] } } }',
    ),
    'otel.yaml:4: tracer_provider.sampler.composite/development.rule_based.rules[0].attribute_values.key: expected the key of an attribute, got nothing',
  ],
  [
    'file_format: "1.0"\nmeter_provider: {}',
    'otel.yaml:2: meter_provider.readers: expected a list of at least one, got nothing',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ pull: { exporter: { prometheus/development: } } }] }',
    'otel.yaml:2: meter_provider.readers[0].pull: expected periodic, got "pull"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: { temporality_preference: lowmemory } } } }] }',
    'otel.yaml:2: meter_provider.readers[0].periodic.exporter.console.temporality_preference: expected cumulative, delta or low_memory, got "lowmemory"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: }, cardinality_limits: { counter: 1 } } }] }',
    'otel.yaml:2: meter_provider.readers[0].periodic.cardinality_limits.counter: expected default, got "counter"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [{ selector: { instrument_name: "a*" }, stream: { name: b } }] }',
    'otel.yaml:2: meter_provider.views[0].selector.instrument_name: expected the name of one instrument, for the stream has a name, got "a*"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [{ selector: { instrument_name: a }, stream: { attribute_keys: { included: ["a*"] } } }] }',
    'otel.yaml:2: meter_provider.views[0].stream.attribute_keys.included[0]: expected a key without * and ?, for views of this library know no patterns of keys, got "a*"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [{ selector: { instrument_name: a }, stream: { aggregation: { explicit_bucket_histogram: { boundaries: [2, 1] } } } }] }',
    'otel.yaml:2: meter_provider.views[0].stream.aggregation.explicit_bucket_histogram.boundaries: expected increasing numbers, got a list',
  ],
  [
    'file_format: "1.0"\npropagator: { composite: [{ xray: }] }',
    'otel.yaml:2: propagator.composite[0].xray: expected tracecontext or baggage, got "xray"',
  ],
  [
    'file_format: "1.0"\npropagator: { composite_list: "baggage,xray" }',
    'otel.yaml:2: propagator.composite_list: expected tracecontext or baggage, got "xray"',
  ],
  [
    'file_format: "1.0"\nresource: { schema_url: "https://x" }',
    'otel.yaml:2: resource.schema_url: expected nothing, for resources of this library have no schema, got "https://x"',
  ],
  [
    'file_format: "1.0"\nresource: { attributes: [{ name: a, value: 1 }] }',
    'otel.yaml:2: resource.attributes[0].value: expected a value of type string, got 1',
  ],
  [
    'file_format: "1.0"\nresource: { attributes: [{ name: a, value: [1, b], type: int_array }] }',
    'otel.yaml:2: resource.attributes[0].value[1]: expected a value of type int, got "b"',
  ],
  [
    'file_format: "1.0"\nresource: { attributes_list: "a" }',
    'otel.yaml:2: resource.attributes_list: expected key=value between commas, percent-encoded, got "a"',
  ],
  [
    'file_format: "1.0"\nresource: { detection/development: { detectors: [{ aws: }] } }',
    'otel.yaml:2: resource.detection/development.detectors[0].aws: expected host, process, container, service, os or kubernetes, got "aws"',
  ],
];
for (const [text, message] of BAD) {
  test(`a file that cannot be used: ${message.slice(0, 90)}`, async (t) => {
    const refusal = await refusalOf(t, text);
    if (message.startsWith('otel.yaml')) assert.equal(refusal, message);
    else assert.match(refusal, new RegExp(message));
    assert.doesNotMatch(refusal.replace('a secret number', ''), /secret/);
    assert.equal(tracer().startSpan('x').isRecording(), false);
  });
}

test('what is named without a value, or for others, is taken', async (t) => {
  const sink: Sink = await startSink(t);
  const { sdk, said }: { sdk: Sdk; said: readonly string[] } = await startFrom(
    t,
    `${all(sink.url)}
attribute_limits: { attribute_value_length_limit: , attribute_value_depth_limit: 64, attribute_count_limit: 128 }
distribution: { other: { x: 1 } }
instrumentation/development: { general: { stability_opt_in_list:  } }
propagator: { composite: [{ tracecontext: }, { baggage: }] }
`,
  );
  assert.deepEqual(said, []);
  assert.ok(sdk.tracerProvider);
});

function namesIn(requests: readonly { readonly signal: Signal; readonly body: Uint8Array }[]): readonly string[] {
  return requests.flatMap(({ signal, body }) =>
    [...requestToJson(signal, body).matchAll(/"name":"(GET [^"]*)"/g)].map(([, name]) => name ?? ''),
  );
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return (value ?? []) as readonly Readonly<Record<string, unknown>>[];
}

function attributesOf(thing: object): Readonly<Record<string, unknown>> {
  const { attributes = [] } = thing as { attributes?: readonly { key: string; value: object }[] };
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
