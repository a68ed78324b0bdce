import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Attributes, context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { logs as olderLogs } from '@opentelemetry/api-logs';
import { createManualClock } from '@otelier/testkit';
import { type Sdk, type SdkOptions, startSdk } from '../node.ts';
import { type Sink, startSink } from '../sink.testing.ts';

type Variables = Readonly<Record<string, string>>;

interface Started {
  readonly sdk: Sdk;
  readonly sink: Sink;
  /** What the library has said of its configuration. */
  readonly said: readonly string[];
}

/** An SDK that sends to a sink, for the time of the test. */
async function start(t: TestContext, environment: Variables, options: SdkOptions = {}): Promise<Started> {
  const sink = await startSink(t);
  const said: string[] = [];
  const keep = (message: string) => said.push(message);
  const sdk = await startSdk({
    diagLogger: { error: keep, warn: keep, info() {}, debug() {}, verbose() {} },
    ...options,
    client: { log: () => {}, ...options.client },
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...environment },
  });
  t.after(() => sdk.shutdown(0));
  return { sdk, sink, said };
}

const tracer = () => trace.getTracer('shop');

test('with no variable at all, all signals go through one client, by the global API', async (t) => {
  const { sdk, sink, said } = await start(t, {});
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
  assert.deepEqual(said, []);
});

test('after shutdown nothing is registered, and another can be started', async (t) => {
  const first = await start(t, {});
  assert.deepEqual(await first.sdk.shutdown(), { kind: 'flushed' });
  await first.sdk.shutdown();
  assert.equal(tracer().startSpan('late').isRecording(), false);
  const second = await start(t, {});
  tracer().startSpan('again').end();
  await second.sdk.shutdown();
  assert.deepEqual([first.sink.spans().length, second.sink.spans().length], [0, 1]);
});

test('another provider that is registered stays, and is named', async (t) => {
  class VendorProvider {
    getTracer = () => trace.getTracer('none');
  }
  trace.setGlobalTracerProvider(new VendorProvider());
  t.after(() => trace.disable());
  const logged: string[] = [];
  const { sdk } = await start(t, {}, { client: { log: (line) => logged.push(line) } });
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /got VendorProvider, which stays/);
  await sdk.shutdown();
  assert.equal(logged.length, 1);
});

test('what the machine and the process are is in the resource, and OTEL_NODE_RESOURCE_DETECTORS says which', async (t) => {
  for (const [detectors, expected] of [
    ['', ['host.name', 'process.pid']],
    ['process,unknown', ['process.pid']],
    ['none', []],
  ] as const) {
    const { sdk, sink, said } = await start(t, { OTEL_NODE_RESOURCE_DETECTORS: detectors });
    tracer().startSpan('x').end();
    await sdk.shutdown();
    const keys = Object.keys(attributesOf(sink.scopes()[0]?.resource ?? {}));
    assert.deepEqual(keys.filter((key) => key === 'host.name' || key === 'process.pid').toSorted(), expected);
    assert.equal(said.length, detectors.includes('unknown') ? 1 : 0);
  }
});

test('OTEL_SDK_DISABLED leaves propagation alone', async (t) => {
  const { sdk } = await start(t, { OTEL_SDK_DISABLED: 'True' });
  assert.deepEqual(
    [sdk.clients, sdk.tracerProvider, sdk.meterProvider, sdk.loggerProvider],
    [[], undefined, undefined, undefined],
  );
  assert.equal(tracer().startSpan('x').isRecording(), false);
  assert.deepEqual(propagation.fields(), ['traceparent', 'tracestate', 'baggage']);
  assert.deepEqual(await sdk.shutdown(), { kind: 'flushed' });
});

test('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are in the resource; the program counts more', async (t) => {
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

test('OTEL_PROPAGATORS: in their order, each once; none for none', async (t) => {
  const first = await start(t, { OTEL_PROPAGATORS: 'baggage,Baggage' });
  assert.deepEqual(propagation.fields(), ['baggage']);
  await first.sdk.shutdown();
  await start(t, { OTEL_PROPAGATORS: 'none' });
  assert.deepEqual(propagation.fields(), []);
});

const LONG = 'x'.repeat(20);

/** How a span and a record look that have more of everything than the limits allow. */
const LIMITS: readonly (readonly [variable: string, shows: (seen: Seen) => unknown, plain: unknown])[] = [
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', ({ span }) => listOf(span['attributes']).length, 4],
  ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', ({ span }) => String(attributesOf(span)['a']).length, 20],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', ({ span }) => listOf(span['events']).length, 4],
  ['OTEL_SPAN_LINK_COUNT_LIMIT', ({ span }) => listOf(span['links']).length, 4],
  ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', ({ span }) => listOf(listOf(span['events']).at(-1)?.['attributes']).length, 4],
  ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', ({ span }) => listOf(listOf(span['links']).at(-1)?.['attributes']).length, 4],
  ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', ({ record }) => listOf(record['attributes']).length, 4],
  ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', ({ record }) => String(attributesOf(record)['a']).length, 20],
  [
    'OTEL_ATTRIBUTE_COUNT_LIMIT',
    ({ span, record }) => listOf(span['attributes']).length + listOf(record['attributes']).length - 2,
    6,
  ],
  [
    'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    ({ span, record }) => String(attributesOf(span)['a']).length + String(attributesOf(record)['a']).length - 2,
    38,
  ],
];
for (const [variable, shows, plain] of LIMITS) {
  test(`${variable}, of which what cannot be used is warned of`, async (t) => {
    for (const [value, expected, warnings] of [
      ['2', 2, []],
      ['', plain, []],
      ['-1', plain, [`${variable}: expected a whole number from 0 to 2147483647, got "-1"; ignored`]],
    ] as const) {
      const { sdk, sink, said } = await start(t, { [variable]: value });
      const attributes: Attributes = { a: LONG, b: LONG, c: LONG, d: LONG };
      const links = Array.from({ length: 4 }, () => ({
        context: tracer().startSpan('other').spanContext(),
        attributes,
      }));
      const span = tracer().startSpan('x', { attributes, links });
      for (const name of ['1', '2', '3', '4']) span.addEvent(name, attributes);
      span.end();
      logs.getLogger('x').emit({ attributes });
      await sdk.shutdown();
      assert.equal(shows({ span: sink.spans()[0] ?? {}, record: sink.logs()[0] ?? {} }), expected);
      assert.deepEqual(said, warnings);
    }
  });
}

interface Seen {
  readonly span: Readonly<Record<string, unknown>>;
  readonly record: Readonly<Record<string, unknown>>;
}

const RECORD = {
  OTEL_BSP: () => tracer().startSpan('x').end(),
  OTEL_BLRP: () => logs.getLogger('x').emit({ body: 'x' }),
} as const;
for (const [prefix, signal] of [
  ['OTEL_BSP', 'traces'],
  ['OTEL_BLRP', 'logs'],
] as const) {
  const record = RECORD[prefix];
  const other = RECORD[prefix === 'OTEL_BSP' ? 'OTEL_BLRP' : 'OTEL_BSP'];

  test(`${prefix}_MAX_EXPORT_BATCH_SIZE`, async (t) => {
    const { sdk, sink } = await start(t, { [`${prefix}_MAX_EXPORT_BATCH_SIZE`]: '2' });
    for (let i = 0; i < 4; i++) record();
    for (let i = 0; i < 4; i++) other();
    await sdk.forceFlush();
    assert.deepEqual(sink.handler.requests.map((request) => request.signal === signal).toSorted(), [false, true, true]);
    assert.equal(sdk.clients.length, 2);
  });

  test(`${prefix}_MAX_QUEUE_SIZE`, async (t) => {
    const { sdk } = await start(t, { [`${prefix}_MAX_QUEUE_SIZE`]: '3' });
    for (let i = 0; i < 5; i++) record();
    await sdk.forceFlush();
    const dropped = sdk.clients.map(({ health }) => health[signal]?.droppedItems.queue_full ?? 0);
    assert.deepEqual(dropped.toSorted(), [0, 2]);
  });

  test(`${prefix}_SCHEDULE_DELAY`, async (t) => {
    const clock = createManualClock();
    const { sdk, sink } = await start(t, { [`${prefix}_SCHEDULE_DELAY`]: '7000' }, { client: { clock } });
    record();
    await clock.advance(6_999);
    assert.equal(sink.handler.requests.length, 0);
    await clock.advance(1);
    await sink.handler.untilRequests(1);
    await sdk.shutdown();
  });

  test(`${prefix}_EXPORT_TIMEOUT is the time for all attempts`, async (t) => {
    const { sdk, sink } = await start(t, { [`${prefix}_EXPORT_TIMEOUT`]: '1' });
    sink.handler.answer = () => ({ kind: 'retry', afterMillis: undefined, reason: 'busy' });
    record();
    assert.deepEqual(await sdk.forceFlush(20_000), { kind: 'flushed' });
    const lost = sdk.clients.map(({ health }) => health[signal]?.droppedItems.retries_exhausted ?? 0);
    assert.deepEqual(lost.toSorted(), [0, 1]);
  });

  test(`${prefix}: a batch is no larger than the queue`, async (t) => {
    const { said } = await start(t, { [`${prefix}_MAX_QUEUE_SIZE`]: '10', [`${prefix}_MAX_EXPORT_BATCH_SIZE`]: '11' });
    assert.deepEqual(said, [
      `${prefix}_MAX_EXPORT_BATCH_SIZE: expected at most the size of the queue, 10, got 11; ignored`,
    ]);
  });
}

test('OTEL_METRIC_EXPORT_INTERVAL', async (t) => {
  const clock = createManualClock();
  const { sdk, sink } = await start(
    t,
    { OTEL_METRIC_EXPORT_INTERVAL: '5000' },
    { client: { clock, batch: { maxDelayMillis: 0 } } },
  );
  metrics.getMeter('x').createCounter('c').add(1);
  await clock.advance(4_999);
  assert.equal(sink.handler.requests.length, 0);
  await clock.advance(1);
  await clock.advance(0);
  await sink.handler.untilRequests(1);
  await sdk.shutdown();
});

test('OTEL_METRIC_EXPORT_TIMEOUT is for callbacks of observable instruments', { timeout: 10_000 }, async (t) => {
  const { sdk, sink } = await start(t, { OTEL_METRIC_EXPORT_TIMEOUT: '5' });
  const counter = metrics.getMeter('x').createObservableCounter('slow');
  counter.addCallback(() => new Promise(() => {}));
  metrics.getMeter('x').createCounter('fast').add(1);
  await sdk.forceFlush();
  assert.deepEqual(
    sink.metrics().map(({ name }) => name),
    ['fast'],
  );
});

const TEMPORALITY = [
  ['delta', 1, 1, 1],
  ['cumulative', 2, 2, 2],
  ['LowMemory', 1, 2, 1],
] as const;
for (const [preference, counter, observable, histogram] of TEMPORALITY) {
  test(`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE ${preference}`, async (t) => {
    const { sdk, sink } = await start(t, { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference });
    const meter = metrics.getMeter('x');
    meter.createCounter('counter').add(1);
    meter.createObservableCounter('observable').addCallback((result) => result.observe(1));
    meter.createHistogram('histogram').record(1);
    await sdk.forceFlush();
    const seen = Object.fromEntries(
      sink.metrics().map((metric) => [metric.name, (metric.sum ?? metric.histogram)?.aggregationTemporality]),
    );
    assert.deepEqual(seen, { counter, observable, histogram });
  });
}

test('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', async (t) => {
  const { sdk, sink } = await start(t, {
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
  });
  metrics.getMeter('x').createHistogram('h').record(1);
  await sdk.forceFlush();
  assert.ok(sink.metrics()[0]?.exponentialHistogram);
});

for (const [filter, inSpan, outside] of [
  ['always_on', 1, 1],
  ['always_off', 0, 0],
  ['trace_based', 1, 0],
] as const) {
  test(`OTEL_METRICS_EXEMPLAR_FILTER ${filter}`, async (t) => {
    const { sdk, sink } = await start(t, { OTEL_METRICS_EXEMPLAR_FILTER: filter });
    const counter = metrics.getMeter('x').createCounter('c');
    tracer().startActiveSpan('x', () => counter.add(1, { in: 'span' }));
    counter.add(1, { in: 'nothing' });
    await sdk.forceFlush();
    const exemplars = sink.metrics()[0]?.sum?.dataPoints.map((point) => listOf(point['exemplars']).length);
    assert.deepEqual(exemplars, [inSpan, outside]);
  });
}

for (const [variable, provider] of [
  ['OTEL_TRACES_EXPORTER', 'tracerProvider'],
  ['OTEL_METRICS_EXPORTER', 'meterProvider'],
  ['OTEL_LOGS_EXPORTER', 'loggerProvider'],
] as const) {
  test(`${variable} none makes no provider; what is unknown is warned of`, async (t) => {
    const { sdk } = await start(t, { [variable]: 'none' });
    const made = [sdk.tracerProvider, sdk.meterProvider, sdk.loggerProvider].filter((each) => each !== undefined);
    assert.deepEqual([sdk[provider], made.length], [undefined, 2]);
    await sdk.shutdown();
    const { sdk: other, said } = await start(t, { [variable]: 'zipkin' });
    assert.ok(other[provider]);
    assert.deepEqual(said, [`${variable}: expected otlp, console, otlp/stdout, none, got "zipkin"; ignored`]);
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
for (const [OTEL_LOG_LEVEL, warnings] of LEVELS) {
  test(`OTEL_LOG_LEVEL ${OTEL_LOG_LEVEL || 'by default'}: ${warnings} warnings`, async (t) => {
    const { said } = await start(t, { OTEL_LOG_LEVEL, OTEL_PROPAGATORS: 'unknown' });
    assert.equal(said.length, warnings);
  });
}

const BAD: readonly (readonly [variables: Variables, warning: string])[] = [
  [
    { OTEL_LOG_LEVEL: 'loud' },
    'OTEL_LOG_LEVEL: expected none, error, warn, info, debug, verbose, all, got "loud"; ignored',
  ],
  [{ OTEL_SDK_DISABLED: '1' }, 'OTEL_SDK_DISABLED: expected true or false, got "1"; taken as false'],
  [
    { OTEL_TRACES_SAMPLER: 'xray' },
    'OTEL_TRACES_SAMPLER: expected always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio, got "xray"; ignored',
  ],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
    'OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got "7"; ignored',
  ],
  [{ OTEL_PROPAGATORS: 'baggage,xray' }, 'OTEL_PROPAGATORS: expected tracecontext, baggage, none, got "xray"; ignored'],
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
  test(`a variable that cannot be used is warned of, and the SDK works: ${Object.keys(variables).at(-1)}`, async (t) => {
    const { sdk, sink, said } = await start(t, variables);
    tracer().startSpan('x').end();
    await sdk.forceFlush();
    assert.deepEqual(said, [warning]);
    assert.equal(sink.spans().length, 1);
  });
}

test('what the program says counts more than variables', async (t) => {
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

test('options that nobody knows are named', async () => {
  const wrong = { client: { batch: { maxItem: 1 } } };
  await assert.rejects(
    startSdk(wrong as SdkOptions),
    /^OptionError: client\.batch\.maxItem: unknown option; did you mean/,
  );
});

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return (value ?? []) as readonly Readonly<Record<string, unknown>>[];
}

function attributesOf(thing: object): Readonly<Record<string, unknown>> {
  const { attributes = [] } = thing as { attributes?: readonly { key: string; value: object }[] };
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
