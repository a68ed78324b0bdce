import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { logs as olderLogs } from '@opentelemetry/api-logs';
import { type SdkOptions, startSdk } from '../node.ts';
import { attributesOf, listOf } from './file/start-from.testing.ts';
import { start, tracer, type Variables } from './start.testing.ts';

test('without variables, all signals use one client through the global API', async (t) => {
  const { sdk, sink, warnings } = await start(t, {});
  trace.getTracer('shop').startActiveSpan('GET /cart', (span) => {
    logs.getLogger('shop').emit({ body: 'no price' });
    olderLogs.getLogger('shop').emit({ body: 'by the older API' });
    metrics.getMeter('shop').createCounter('requests').add(1);
    span.end();
  });
  assert.deepEqual(await sdk.forceFlush(), { kind: 'flushed' });
  assert.equal(sdk.clients.length, 1);
  const [span] = sink.spans();
  assert.equal(span?.name, 'GET /cart');
  assert.deepEqual(
    sink.logs().map(({ body, spanId }) => [body?.stringValue, spanId]),
    [
      ['no price', span?.spanId],
      ['by the older API', span?.spanId],
    ],
  );
  assert.deepEqual(
    sink.metrics().map(({ name }) => name),
    ['requests'],
  );
  assert.deepEqual(warnings, []);
});

test('shutdown unregisters everything, and another SDK can be started', async (t) => {
  const first = await start(t, {});
  assert.deepEqual(await first.sdk.shutdown(), { kind: 'flushed' });
  await first.sdk.shutdown();
  assert.equal(tracer().startSpan('late').isRecording(), false);
  const second = await start(t, {});
  tracer().startSpan('again').end();
  await second.sdk.shutdown();
  assert.deepEqual([first.sink.spans().length, second.sink.spans().length], [0, 1]);
});

test('keeps and names a provider that is already registered', async (t) => {
  class VendorProvider {
    getTracer = () => trace.getTracer('none');
  }
  trace.setGlobalTracerProvider(new VendorProvider());
  t.after(() => trace.disable());
  const logged: string[] = [];
  const { sdk } = await start(t, {}, { client: { log: (line) => logged.push(line) } });
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /got VendorProvider; the registered provider stays active/);
  await sdk.shutdown();
  assert.equal(logged.length, 1);
});

test('OTEL_NODE_RESOURCE_DETECTORS selects the resource detectors', async (t) => {
  for (const [detectors, expected] of [
    ['', ['host.name', 'process.pid']],
    ['process,unknown', ['process.pid']],
    ['none', []],
  ] as const) {
    const { sdk, sink, warnings } = await start(t, { OTEL_NODE_RESOURCE_DETECTORS: detectors });
    tracer().startSpan('x').end();
    await sdk.shutdown();
    const keys = Object.keys(attributesOf(sink.scopes()[0]?.resource ?? {}));
    assert.deepEqual(keys.filter((key) => key === 'host.name' || key === 'process.pid').toSorted(), expected);
    assert.equal(warnings.length, detectors.includes('unknown') ? 1 : 0);
  }
});

test('OTEL_SDK_DISABLED does not disable propagation', async (t) => {
  const { sdk } = await start(t, { OTEL_SDK_DISABLED: 'True' });
  assert.deepEqual(
    [sdk.clients, sdk.tracerProvider, sdk.meterProvider, sdk.loggerProvider],
    [[], undefined, undefined, undefined],
  );
  assert.equal(tracer().startSpan('x').isRecording(), false);
  assert.deepEqual(propagation.fields(), ['traceparent', 'tracestate', 'baggage']);
  assert.deepEqual(await sdk.shutdown(), { kind: 'flushed' });
});

test('the resource has OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, which options override', async (t) => {
  const variables = { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'service.version=1,tier=gold' };
  const { sdk, sink } = await start(t, variables, { resource: { tier: 'silver' } });
  tracer().startSpan('x').end();
  await sdk.forceFlush();
  const attributes = attributesOf(sink.scopes()[0]?.resource ?? {});
  assert.deepEqual(
    [attributes['service.name'], attributes['service.version'], attributes['tier']],
    ['shop', '1', 'silver'],
  );
});

const SAMPLERS: readonly (readonly [name: string, share: string, kept: (share: number) => boolean])[] = [
  ['always_on', '0', (share) => share === 1],
  ['ALWAYS_OFF', '1', (share) => share === 0],
  ['traceidratio', '0.25', (share) => share > 0.1 && share < 0.4],
  ['parentbased_always_on', '0', (share) => share === 1],
  ['parentbased_always_off', '1', (share) => share === 0],
  ['parentbased_traceidratio', '0.25', (share) => share > 0.1 && share < 0.4],
  ['traceidratio', '', (share) => share === 1],
];
for (const [OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, isExpected] of SAMPLERS) {
  test(`OTEL_TRACES_SAMPLER ${OTEL_TRACES_SAMPLER} with ${OTEL_TRACES_SAMPLER_ARG || 'no argument'}`, async (t) => {
    await start(t, { OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG });
    const recording = Array.from({ length: 400 }, () => tracer().startSpan('x').isRecording());
    const share = recording.filter(Boolean).length / 400;
    assert.ok(isExpected(share), String(share));
  });
}

for (const [name, isKept] of [
  ['traceidratio', false],
  ['parentbased_traceidratio', true],
] as const) {
  test(`below a sampled parent, ${name} decides ${isKept ? 'as the parent' : 'itself'}`, async (t) => {
    await start(t, { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: '0' });
    const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
    const parent = propagation.extract(context.active(), { traceparent });
    assert.equal(tracer().startSpan('x', {}, parent).isRecording(), isKept);
  });
}

test('OTEL_PROPAGATORS sets propagators in order, without duplicates; none disables them', async (t) => {
  const first = await start(t, { OTEL_PROPAGATORS: 'baggage,Baggage' });
  assert.deepEqual(propagation.fields(), ['baggage']);
  await first.sdk.shutdown();
  await start(t, { OTEL_PROPAGATORS: 'none' });
  assert.deepEqual(propagation.fields(), []);
});

for (const [variable, provider] of [
  ['OTEL_TRACES_EXPORTER', 'tracerProvider'],
  ['OTEL_METRICS_EXPORTER', 'meterProvider'],
  ['OTEL_LOGS_EXPORTER', 'loggerProvider'],
] as const) {
  test(`${variable} none disables the provider; unknown names are logged`, async (t) => {
    const { sdk } = await start(t, { [variable]: 'none' });
    const made = [sdk.tracerProvider, sdk.meterProvider, sdk.loggerProvider].filter((each) => each !== undefined);
    assert.deepEqual([sdk[provider], made.length], [undefined, 2]);
    await sdk.shutdown();
    const { sdk: other, warnings } = await start(t, { [variable]: 'zipkin' });
    assert.ok(other[provider]);
    assert.deepEqual(warnings, [`${variable}: expected otlp, console, otlp/stdout, none, got "zipkin"; ignored`]);
  });
}

const LEVELS = [
  ['none', 0],
  ['error', 0],
  ['warn', 1],
  ['INFO', 1],
  ['verbose', 1],
  ['', 1],
] as const;
for (const [OTEL_LOG_LEVEL, count] of LEVELS) {
  test(`OTEL_LOG_LEVEL ${OTEL_LOG_LEVEL || 'by default'}: ${count} warnings`, async (t) => {
    const { warnings } = await start(t, { OTEL_LOG_LEVEL, OTEL_PROPAGATORS: 'unknown' });
    assert.equal(warnings.length, count);
  });
}

const BAD: readonly (readonly [variables: Variables, warning: string])[] = [
  [
    { OTEL_LOG_LEVEL: 'loud' },
    'OTEL_LOG_LEVEL: expected none, error, warn, info, debug, verbose, all, got "loud"; ignored',
  ],
  [{ OTEL_SDK_DISABLED: '1' }, 'OTEL_SDK_DISABLED: expected true or false, got "1"; using false'],
  [
    { OTEL_TRACES_SAMPLER: 'xray' },
    'OTEL_TRACES_SAMPLER: expected always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio, got "xray"; ignored',
  ],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
    'OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got "7"; ignored',
  ],
  [
    { OTEL_PROPAGATORS: 'baggage,xray' },
    'OTEL_PROPAGATORS: expected tracecontext, baggage, b3, b3multi, jaeger, none, got "xray"; ignored',
  ],
  [
    { OTEL_BSP_SCHEDULE_DELAY: '1s' },
    'OTEL_BSP_SCHEDULE_DELAY: expected a whole number from 0 to 86400000, got "1s"; ignored',
  ],
  [
    { OTEL_METRIC_EXPORT_INTERVAL: '0' },
    'OTEL_METRIC_EXPORT_INTERVAL: expected a whole number from 1 to 86400000, got "0"; ignored',
  ],
  [
    { OTEL_METRICS_EXEMPLAR_FILTER: 'all' },
    'OTEL_METRICS_EXEMPLAR_FILTER: expected trace_based, always_on, always_off, got "all"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'x' },
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: expected cumulative, delta, lowmemory, got "x"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'x' },
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: expected explicit_bucket_histogram, base2_exponential_bucket_histogram, got "x"; ignored',
  ],
];
for (const [variables, warning] of BAD) {
  test(`logs an invalid variable and starts: ${Object.keys(variables).at(-1)}`, async (t) => {
    const { sdk, sink, warnings } = await start(t, variables);
    tracer().startSpan('x').end();
    await sdk.forceFlush();
    assert.deepEqual(warnings, [warning]);
    assert.equal(sink.spans().length, 1);
  });
}

test('options override variables', async (t) => {
  const variables = {
    OTEL_TRACES_SAMPLER: 'always_off',
    OTEL_SPAN_EVENT_COUNT_LIMIT: '1',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
  };
  const keep = { shouldSample: () => ({ decision: 2 }) };
  const { sdk, sink } = await start(t, variables, {
    traces: { sampler: keep, spanLimits: { eventCountLimit: 2 } },
    client: { batch: { maxItems: 10 }, headers: { 'x-tenant': 'a' } },
    propagator: { inject() {}, extract: (c) => c, fields: () => ['own'] },
  });
  for (let i = 0; i < 3; i++) {
    const span = tracer().startSpan('x', { attributes: { a: 1, b: 2 } });
    for (const name of ['1', '2', '3']) span.addEvent(name);
    span.end();
  }
  await sdk.forceFlush();
  assert.deepEqual(
    sink.handler.requests.map(({ headers }) => headers['x-tenant']),
    ['a'],
  );
  assert.deepEqual(
    sink.spans().map((span) => [listOf(span['events']).length, listOf(span['attributes']).length]),
    [
      [2, 1],
      [2, 1],
      [2, 1],
    ],
  );
  assert.deepEqual(propagation.fields(), ['own']);
});

test('rejects unknown options', async () => {
  const wrong = { client: { batch: { maxItem: 1 } } };
  await assert.rejects(
    startSdk(wrong as SdkOptions),
    /^OptionError: client\.batch\.maxItem: unknown option; did you mean/,
  );
});
