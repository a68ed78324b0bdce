import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type LoggerProvider as ApiProvider,
  context,
  logs,
  ROOT_CONTEXT,
  SeverityNumber,
  trace,
} from '@opentelemetry/api';
import { logs as logsOfApiLogs, type LoggerProvider as OlderApiProvider } from '@opentelemetry/api-logs';
import { createClient, LoggerProvider, type LoggerProviderOptions, log, TracerProvider } from '../node.ts';
import { type ReceivedLog, type Sink, startSink } from '../sink.testing.ts';

async function setUp(
  t: TestContext,
  options: Omit<LoggerProviderOptions, 'client'> = {},
): Promise<{ sink: Sink; provider: LoggerProvider }> {
  const sink = await startSink(t);
  const provider = new LoggerProvider({ environment: {}, ...options, client: createClient({ endpoint: sink.url }) });
  t.after(() => provider.shutdown());
  return { sink, provider };
}

/** Emits a log record and returns it as received. */
async function emitted(t: TestContext, record: Parameters<ReturnType<LoggerProvider['getLogger']>['emit']>[0]) {
  const { sink, provider } = await setUp(t);
  provider.getLogger('x').emit(record);
  await provider.forceFlush();
  assert.equal(sink.logs().length, 1);
  return sink.logs()[0] as ReceivedLog;
}

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const inSpan = (traceFlags = 1) => trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags });

describe('a log record', () => {
  test('arrives with all fields, under its resource and scope', async (t) => {
    const { sink, provider } = await setUp(t, { resource: { 'service.name': 'shop' } });
    const logger = provider.getLogger('cart', '1.2', { schemaUrl: 'https://example.com/1', attributes: { a: 1 } });
    logger.emit({
      timestamp: [1_800_000_000, 5],
      observedTimestamp: new Date(1_800_000_001_000),
      severityNumber: SeverityNumber.WARN2,
      severityText: 'warning',
      body: 'stock is löw',
      attributes: { 'item.id': 7, tags: ['a', null], nested: { deep: [true] } },
      eventName: 'stock.low',
      context: inSpan(),
    });
    await provider.forceFlush();
    assert.deepEqual(sink.logScopes(), [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scope: {
          name: 'cart',
          version: '1.2',
          schemaUrl: 'https://example.com/1',
          attributes: [{ key: 'a', value: { intValue: '1' } }],
        },
        items: [
          {
            timeUnixNano: '1800000000000000005',
            observedTimeUnixNano: '1800000001000000000',
            severityNumber: 14,
            severityText: 'warning',
            body: { stringValue: 'stock is löw' },
            attributes: [
              { key: 'item.id', value: { intValue: '7' } },
              { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, {}] } } },
              {
                key: 'nested',
                value: {
                  kvlistValue: { values: [{ key: 'deep', value: { arrayValue: { values: [{ boolValue: true }] } } }] },
                },
              },
            ],
            traceId: SPAN.traceId,
            spanId: SPAN.spanId,
            flags: 1,
            eventName: 'stock.low',
          },
        ],
      },
    ]);
  });

  for (const [name, body, expected] of [
    ['text', 'x', { stringValue: 'x' }],
    ['an integer', -7, { intValue: '-7' }],
    ['a double', 0.5, { doubleValue: 0.5 }],
    ['a boolean', false, { boolValue: false }],
    ['bytes', new Uint8Array([1, 2]), { bytesValue: 'AQI=' }],
    [
      'a list',
      [1, ['a'], undefined],
      { arrayValue: { values: [{ intValue: '1' }, { arrayValue: { values: [{ stringValue: 'a' }] } }, {}] } },
    ],
    [
      'a map',
      { a: { b: null, c: undefined } },
      { kvlistValue: { values: [{ key: 'a', value: { kvlistValue: { values: [{ key: 'b', value: {} }] } } }] } },
    ],
    ['nothing', undefined, undefined],
    ['what OTLP cannot carry', () => {}, undefined],
  ] as const) {
    test(`may have ${name}`, async (t) => {
      assert.deepEqual((await emitted(t, { body })).body, expected);
    });
  }

  test('has attributes of its exception, which its own attributes override', async (t) => {
    const exception = Object.assign(new RangeError('too far'), { stack: 'RangeError: too far' });
    const { attributes } = await emitted(t, { exception, attributes: { 'exception.message': 'mine' } });
    assert.deepEqual(attributes, [
      { key: 'exception.message', value: { stringValue: 'mine' } },
      { key: 'exception.type', value: { stringValue: 'RangeError' } },
      { key: 'exception.stacktrace', value: { stringValue: 'RangeError: too far' } },
    ]);
    assert.deepEqual((await emitted(t, { exception: 404 }))['attributes'], [
      { key: 'exception.message', value: { stringValue: '404' } },
    ]);
  });

  test('defaults to the current time and the active span', async (t) => {
    const { sink, provider } = await setUp(t);
    const before = BigInt(Date.now() - 1) * 1_000_000n;
    const span = new TracerProvider({ client: createClient({ endpoint: sink.url }) }).getTracer('x').startSpan('y');
    provider.getLogger('x').emit({ context: trace.setSpan(ROOT_CONTEXT, span) });
    provider.getLogger('x').emit({ context: trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceId: 'invalid' }) });
    await provider.forceFlush();
    const [seen, outside] = sink.logs();
    const { traceId, spanId } = span.spanContext();
    assert.deepEqual([seen?.['traceId'], seen?.['spanId'], seen?.['flags']], [traceId, spanId, 1]);
    assert.deepEqual([outside?.['traceId'], outside?.['flags']], [undefined, undefined]);
    assert.equal(seen?.['timeUnixNano'], seen?.['observedTimeUnixNano']);
    const time = BigInt(String(seen?.['timeUnixNano']));
    assert.ok(time >= before && time <= BigInt(Date.now() + 1) * 1_000_000n, String(time));
  });

  test('is truncated to its limits; dropped and invalid attributes are counted and never throw', async (t) => {
    const { sink, provider } = await setUp(t, {
      logRecordLimits: { attributeCountLimit: 2, attributeValueLengthLimit: 3 },
    });
    const hostile = Object.defineProperty({}, 'x', { enumerable: true, get: () => assert.fail('never seen') });
    const attributes = { bad: Symbol('none'), hostile, a: 'long text', none: undefined, b: 2, c: 3, '': 4 };
    provider.getLogger('x').emit({ body: 'whole body', attributes });
    await provider.forceFlush();
    const [seen] = sink.logs();
    assert.deepEqual(seen?.['attributes'], [
      { key: 'a', value: { stringValue: 'lon' } },
      { key: 'b', value: { intValue: '2' } },
    ]);
    assert.equal(seen?.['droppedAttributesCount'], 4);
    assert.equal(seen?.body?.stringValue, 'whole body');
  });

  test('is not mixed up with one that a getter emits meanwhile', async (t) => {
    const { sink, provider } = await setUp(t);
    const logger = provider.getLogger('x');
    const body = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        logger.emit({ body: 'inner' });
        return 1;
      },
    });
    logger.emit({ body, attributes: { a: 1 } });
    await provider.forceFlush();
    assert.deepEqual(
      sink.logs().map((seen) => seen.body),
      [{ stringValue: 'inner' }, { kvlistValue: { values: [{ key: 'x', value: { intValue: '1' } }] } }],
    );
  });
});

test('limits default to the environment', async (t) => {
  const environment = {
    OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '1',
    OTEL_ATTRIBUTE_COUNT_LIMIT: '9',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '2',
    OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'two',
  };
  const { sink, provider } = await setUp(t, { environment });
  provider.getLogger('x').emit({ attributes: { a: 'long', b: 1 } });
  await provider.forceFlush();
  assert.deepEqual(sink.logs()[0]?.['attributes'], [{ key: 'a', value: { stringValue: 'lo' } }]);
});

test('a logger filters by its configuration, which enabled reports', async (t) => {
  const { sink, provider } = await setUp(t, {
    loggerConfig: ({ name }) =>
      ({ silent: { enabled: false }, strict: { minimumSeverity: SeverityNumber.WARN }, traced: { traceBased: true } })[
        name
      ] ?? {},
  });
  const accepted: [string, boolean][] = [];
  const emit = (name: string, record: { severityNumber?: SeverityNumber; context?: typeof ROOT_CONTEXT } = {}) => {
    const logger = provider.getLogger(name);
    accepted.push([name, logger.enabled(record)]);
    logger.emit({ ...record, body: `${name} ${accepted.length}` });
  };
  emit('silent', { severityNumber: SeverityNumber.FATAL });
  emit('strict', { severityNumber: SeverityNumber.INFO });
  emit('strict', { severityNumber: SeverityNumber.WARN });
  emit('strict');
  emit('traced', { context: inSpan(0) });
  emit('traced', { context: inSpan(1) });
  emit('traced', { context: ROOT_CONTEXT });
  emit('other');
  await provider.forceFlush();
  assert.deepEqual(
    accepted.map(([, isAccepted]) => isAccepted),
    [false, false, true, true, false, true, true, true],
  );
  assert.deepEqual(
    sink
      .logs()
      .map(({ body }) => body?.stringValue)
      .sort(),
    ['other 8', 'strict 3', 'strict 4', 'traced 6', 'traced 7'],
  );
  await provider.shutdown();
  assert.equal(provider.getLogger('other').enabled(), false);
});

test('the provider implements both logs APIs', async (t) => {
  const { sink, provider } = await setUp(t);
  const [one, other]: [ApiProvider, OlderApiProvider] = [provider, provider];
  t.after(() => [logs.disable(), logsOfApiLogs.disable()]);
  logs.setGlobalLoggerProvider(one);
  logsOfApiLogs.setGlobalLoggerProvider(other);
  logs.getLogger('x').emit({ body: 'through one' });
  logsOfApiLogs.getLogger('x').emit({ body: 'through the other', context: context.active() });
  await provider.forceFlush();
  assert.deepEqual(
    sink.logs().map(({ body }) => body?.stringValue),
    ['through one', 'through the other'],
  );
});

test('log records created without an SDK arrive unchanged', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  t.after(() => client.shutdown());
  client.record(
    log({ items: 0 })
      .severity('warn', 'WARNING')
      .attributes({ a: 1 })
      .attribute('b', true)
      .exception({ name: 'Error', message: 'empty' })
      .event('cart.empty')
      .within(SPAN)
      .at([10, 5]),
    { name: 'cart' },
  );
  client.record(log().severity(3));
  await client.flush();
  const [full, empty] = sink.logs();
  const { observedTimeUnixNano, ...rest } = full ?? {};
  assert.ok(Number(observedTimeUnixNano) > 10e9);
  assert.deepEqual(rest, {
    timeUnixNano: '10000000005',
    severityNumber: 13,
    severityText: 'WARNING',
    body: { kvlistValue: { values: [{ key: 'items', value: { intValue: '0' } }] } },
    attributes: [
      { key: 'a', value: { intValue: '1' } },
      { key: 'b', value: { boolValue: true } },
      { key: 'exception.type', value: { stringValue: 'Error' } },
      { key: 'exception.message', value: { stringValue: 'empty' } },
    ],
    traceId: SPAN.traceId,
    spanId: SPAN.spanId,
    flags: 1,
    eventName: 'cart.empty',
  });
  assert.deepEqual([empty?.['severityNumber'], empty?.body], [3, undefined]);
});
