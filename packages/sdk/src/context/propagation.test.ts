import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  baggageEntryMetadataFromString,
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { BaggagePropagator, compositePropagator, TraceContextPropagator } from '../node.ts';

const propagator = compositePropagator([new TraceContextPropagator(), new BaggagePropagator()]);
const extract = (carrier: object) => propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
const inject = (context: typeof ROOT_CONTEXT): Record<string, string> => {
  const carrier = {};
  propagator.inject(context, carrier, defaultTextMapSetter);
  return carrier;
};
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const PARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

test('injects what was extracted', () => {
  const headers = { traceparent: PARENT, tracestate: 'a=1,b=2', baggage: 'user=J%C3%BCrgen;private,n=1' };
  const context = extract(headers);
  assert.equal(trace.getSpanContext(context)?.isRemote, true);
  assert.equal(propagation.getBaggage(context)?.getEntry('user')?.value, 'Jürgen');
  assert.deepEqual(inject(context), headers);
  assert.deepEqual(inject(suppressTracing(context)), {});
  assert.deepEqual(inject(ROOT_CONTEXT), {});
});

test('reads the known fields of a later traceparent version', () => {
  for (const header of [`cc-${TRACE_ID}-${SPAN_ID}-ff`, `cc-${TRACE_ID}-${SPAN_ID}-ff-what.ever`, [` ${PARENT} `]]) {
    const span = trace.getSpanContext(extract({ traceparent: header }));
    assert.deepEqual([span?.traceId, span?.spanId, span?.traceFlags], [TRACE_ID, SPAN_ID, header.length > 1 ? 3 : 1]);
  }
});

for (const [why, traceparent] of [
  ['another field in version 00', `${PARENT}-x`],
  ['version ff', `ff${PARENT.slice(2)}`],
  ['zero trace id', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
  ['zero span id', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
  ['upper case', PARENT.toUpperCase()],
  ['short', PARENT.slice(0, -1)],
  ['a later version without a separator', `cc${PARENT.slice(2)}x`],
  ['two of them', [PARENT, PARENT]],
  ['empty', ''],
] as const) {
  test(`ignores a malformed traceparent and its tracestate: ${why}`, () => {
    assert.equal(extract({ traceparent, tracestate: 'a=1' }), ROOT_CONTEXT);
  });
}

test('joins repeated tracestate headers', () => {
  const context = extract({ traceparent: PARENT, tracestate: ['a=1', 'b=2'] });
  assert.equal(trace.getSpanContext(context)?.traceState?.serialize(), 'a=1,b=2');
  const empty = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState: createTraceState('') };
  assert.deepEqual(inject(trace.setSpanContext(ROOT_CONTEXT, empty)), { traceparent: PARENT });
});

test('keeps the newest members of a tracestate that is too long', () => {
  const stateOf = (tracestate: string) =>
    trace.getSpanContext(extract({ traceparent: PARENT, tracestate }))?.traceState?.serialize();
  const members = Array.from({ length: 40 }, (_, i) => `k${i}=${i}`);
  assert.equal(stateOf(members.join()), members.slice(0, 32).join());
  assert.equal(stateOf(`a=1,b=${'x'.repeat(256)},c=${'y'.repeat(256)},d=2`), `a=1,b=${'x'.repeat(256)},d=2`);
  assert.equal(stateOf('a=1,B=2,c,=d,b=2,a=3'), 'a=1,b=2');
  assert.equal(stateOf(`a=${'x'.repeat(600)}`), undefined);
});

test('drops malformed baggage members and keeps the others', () => {
  const baggage = ' a = 1 ,no value,=x,b ad=1,c="q",d=,e=%ff%41%;p=1 ; q,f=x=y,__proto__=1';
  assert.deepEqual(
    propagation
      .getBaggage(extract({ baggage: [baggage, 'g=2'] }))
      ?.getAllEntries()
      .map(([key, { value, metadata }]) => [key, value, metadata?.toString()]),
    [
      ['a', '1', undefined],
      ['d', '', undefined],
      ['e', '\ufffdA%', 'p=1 ; q'],
      ['f', 'x=y', undefined],
      ['__proto__', '1', undefined],
      ['g', '2', undefined],
    ],
  );
  assert.equal(extract({ baggage: ',;=' }), ROOT_CONTEXT);
});

test('limits baggage to 180 members, 4,096 characters each and 8,192 in total, in both directions', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, { value: '1' }]));
  const long = { big: { value: 'x'.repeat(4093) }, ok: { value: 'x'.repeat(4093) }, c: { value: 'x'.repeat(4094) } };
  for (const [entries, keys] of [
    [many, Object.keys(many).slice(0, 180)],
    [{ ...long, d: { value: 'x'.repeat(4093) }, e: { value: '1' } }, ['ok', 'd']],
  ] as const) {
    const context = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries));
    const header = inject(context)['baggage'] ?? '';
    assert.deepEqual(
      header.split(',').map((member) => member.split('=')[0]),
      keys,
    );
    const all = Object.entries(entries).map(([key, { value }]) => `${key}=${value}`);
    assert.deepEqual(inject(extract({ baggage: all.join(',') }))['baggage'], header);
  }
});

test('does not inject baggage that would break the header', () => {
  const entries = {
    'not a token': { value: '1' },
    text: { value: 'a, b;c\ud800', metadata: baggageEntryMetadataFromString('x,y=\r\n') },
  };
  const context = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries));
  assert.deepEqual(inject(context), { baggage: 'text=a%2C%20b%3Bc%EF%BF%BD' });
});
