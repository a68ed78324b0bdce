import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { B3Propagator, JaegerPropagator } from '../node.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SHORT = '8448eb211c80319c';
const PADDED = SHORT.padStart(32, '0');
const SPAN_ID = 'b7ad6b7169203331';
const PROPAGATORS = {
  b3: new B3Propagator(),
  b3multi: new B3Propagator({ multiple: true }),
  jaeger: new JaegerPropagator(),
};
type Name = keyof typeof PROPAGATORS;
type Headers = Readonly<Record<string, string | string[]>>;

const extract = (name: Name, headers: Headers) =>
  PROPAGATORS[name].extract(ROOT_CONTEXT, headers, defaultTextMapGetter);

for (const [name, headers, ids, sent = headers] of [
  ['b3', { b3: `${TRACE_ID}-${SPAN_ID}-1` }, [TRACE_ID, SPAN_ID, 1]],
  ['b3', { b3: `${TRACE_ID}-${SPAN_ID}-d` }, [TRACE_ID, SPAN_ID, 1]],
  ['b3', { b3: `${SHORT}-${SPAN_ID}-0-${SPAN_ID}` }, [PADDED, SPAN_ID, 0], { b3: `${PADDED}-${SPAN_ID}-0` }],
  [
    'b3',
    { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID },
    [TRACE_ID, SPAN_ID, 0],
    { b3: `${TRACE_ID}-${SPAN_ID}-0` },
  ],
  ['b3multi', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' }, [TRACE_ID, SPAN_ID, 1]],
  ['b3multi', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-flags': '1' }, [TRACE_ID, SPAN_ID, 1]],
  ['jaeger', { 'uber-trace-id': `${TRACE_ID}:${SPAN_ID}:0:01` }, [TRACE_ID, SPAN_ID, 1]],
  [
    'jaeger',
    { 'uber-trace-id': `${SHORT.slice(1)}%3A1%3A0%3A0`, 'uberctx-user': 'J%C3%BCrgen' },
    [`0${SHORT.slice(1)}`.padStart(32, '0'), '1'.padStart(16, '0'), 0],
    {
      'uber-trace-id': `${`0${SHORT.slice(1)}`.padStart(32, '0')}:${'1'.padStart(16, '0')}:0:00`,
      'uberctx-user': 'J%C3%BCrgen',
    },
  ],
] as readonly (readonly [Name, Headers, readonly unknown[], Headers?])[]) {
  test(`${name} reads and sends ${JSON.stringify(headers)}`, () => {
    const context = extract(name, headers);
    const span = trace.getSpanContext(context);
    assert.deepEqual([span?.traceId, span?.spanId, span?.traceFlags], ids);
    assert.equal(span?.isRemote, true);
    const carrier = {};
    PROPAGATORS[name].inject(context, carrier, defaultTextMapSetter);
    assert.deepEqual(carrier, sent);
    const nothing = {};
    PROPAGATORS[name].inject(suppressTracing(context), nothing, defaultTextMapSetter);
    assert.deepEqual(nothing, {});
  });
}

for (const [name, headers] of [
  ['b3', { b3: '0' }],
  ['b3', { b3: `${TRACE_ID}x-${SPAN_ID}-1` }],
  ['b3', { b3: `${'0'.repeat(32)}-${SPAN_ID}-1` }],
  ['b3', { b3: '-'.repeat(10_000) }],
  ['b3multi', { 'x-b3-traceid': TRACE_ID }],
  ['b3multi', { 'x-b3-traceid': [], 'x-b3-spanid': SPAN_ID }],
  ['jaeger', { 'uber-trace-id': '0:0:0:0' }],
  ['jaeger', { 'uber-trace-id': `${TRACE_ID}:${SPAN_ID}` }],
  ['jaeger', { 'uber-trace-id': '%' }],
] as readonly (readonly [Name, Headers])[]) {
  test(`${name} ignores ${JSON.stringify(headers).slice(0, 60)}`, () => {
    assert.equal(extract(name, headers), ROOT_CONTEXT);
  });
}

test('Jaeger baggage that cannot be decoded or is too long does no harm', () => {
  const context = extract('jaeger', { 'uberctx-a': '%', 'uberctx-b': 'x'.repeat(5000) });
  assert.deepEqual(propagation.getBaggage(context)?.getAllEntries(), [['a', { value: '%' }]]);
});
