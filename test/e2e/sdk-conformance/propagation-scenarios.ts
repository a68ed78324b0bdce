import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  baggageEntryMetadataFromString,
  type Context,
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Sdk } from './sdks.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const PARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const many = (count: number, member: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => member(i)).join();

/** Incoming headers, both well-formed and malformed. */
const INCOMING: Readonly<Record<string, IncomingHttpHeaders>> = {
  nothing: {},
  sampled: { traceparent: PARENT },
  'not sampled': { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` },
  random: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-03` },
  'flags without a meaning': { traceparent: `00-${TRACE_ID}-${SPAN_ID}-ff` },
  'spaces around': { traceparent: ` ${PARENT} ` },
  'a later version': { traceparent: `cc-${TRACE_ID}-${SPAN_ID}-01` },
  'a later version with more': { traceparent: `cc-${TRACE_ID}-${SPAN_ID}-01-more` },
  'a later version with more and no separator': { traceparent: `cc-${TRACE_ID}-${SPAN_ID}-01more` },
  'version 00 with more': { traceparent: `${PARENT}-more` },
  'version ff': { traceparent: `ff-${TRACE_ID}-${SPAN_ID}-01` },
  'upper case': { traceparent: PARENT.toUpperCase() },
  'zero trace id': { traceparent: `00-${'0'.repeat(32)}-${SPAN_ID}-01` },
  'zero span id': { traceparent: `00-${TRACE_ID}-${'0'.repeat(16)}-01` },
  'a short trace id': { traceparent: `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01` },
  'flags of one digit': { traceparent: `00-${TRACE_ID}-${SPAN_ID}-1` },
  nonsense: { traceparent: 'nonsense', tracestate: 'a=1' },
  empty: { traceparent: '', tracestate: '', baggage: '' },
  'two parents': { traceparent: [PARENT, `00-${TRACE_ID}-${SPAN_ID}-00`] } as never,
  'a list of one parent': { traceparent: [PARENT] } as never,
  'a state': { traceparent: PARENT, tracestate: 'a=1,b=2' },
  'a state with spaces and gaps': { traceparent: PARENT, tracestate: ' a=1 , ,,b=2\t' },
  'states of several headers': { traceparent: PARENT, tracestate: ['a=1', 'b=2,c=3'] } as never,
  'a state with the same key twice': { traceparent: PARENT, tracestate: 'a=1,b=2,a=3' },
  'a state with keys of tenants': { traceparent: PARENT, tracestate: 'tenant@system=1,0a=2,@x=3' },
  'a state with malformed members': { traceparent: PARENT, tracestate: 'A=1,b,=2,c=,d=x=y,e=1 ,f=ü,g=ok' },
  'a state of 40 members': { traceparent: PARENT, tracestate: many(40, (i) => `k${i}=${i}`) },
  'a state of 600 characters': {
    traceparent: PARENT,
    tracestate: many(60, (i) => `key-${i}=${'v'.repeat(i < 10 ? 30 : 1)}`),
  },
  'a state with a member of 600 characters': { traceparent: PARENT, tracestate: `a=1,b=${'x'.repeat(600)},c=3` },
  'a state without a parent': { tracestate: 'a=1' },
  baggage: { baggage: 'tenant=a,user=b' },
  'baggage, percent-encoded': { baggage: 'city=K%C3%B6ln,list=a%2Cb%3Dc,plus=a+b' },
  'baggage with properties': { baggage: 'tenant=a;secret=yes;n,flag=1 ;p' },
  'baggage with spaces': { baggage: ' a = 1 ,\tb=2' },
  'baggage of several headers': { baggage: ['a=1', 'b=2'] } as never,
  'baggage with a key twice': { baggage: 'a=1,a=2' },
  'baggage with malformed members': { baggage: 'no value,=x,b ad=1,c=1,,d=x=y,e="q",f' },
  'baggage with an empty value': { baggage: 'a=,b=2' },
  'baggage that is no UTF-8': { baggage: 'a=%ff,b=%,c=%4,d=1' },
  'baggage with keys that are encoded': { baggage: 'a%20b=1,c%2Cd=2' },
  'baggage of 200 members': { baggage: many(200, (i) => `k${i}=${i}`) },
  'baggage with a member of 5,000 characters': { baggage: `a=1,b=${'x'.repeat(5_000)},c=3` },
  'baggage of 9,000 characters': { baggage: many(9, (i) => `k${i}=${'x'.repeat(997)}`) },
};

/** Returns the extracted context field by field, so that each difference is reported separately. */
function read(prefix: string, around: Context): Attributes {
  const span = trace.getSpanContext(around);
  const baggage = propagation.getBaggage(around)?.getAllEntries() ?? [];
  return {
    [`${prefix} parent`]: span === undefined ? 'none' : `${span.traceId} ${span.spanId} ${span.isRemote}`,
    [`${prefix} flags`]: span?.traceFlags ?? -1,
    [`${prefix} state`]: span?.traceState?.serialize() ?? '',
    ...Object.fromEntries(baggage.map(([key, { value }]) => [`${prefix} baggage ${key}`, value])),
    ...Object.fromEntries(
      baggage.flatMap(([key, { metadata }]) =>
        metadata === undefined ? [] : [[`${prefix} properties of ${key}`, metadata.toString()]],
      ),
    ),
  };
}

/** Creates a span that records the incoming and outgoing headers. */
function tell(tracer: Tracer, name: string, came: Context, sent: Readonly<Record<string, string>>): void {
  const headers = Object.fromEntries(Object.entries(sent).map(([header, text]) => [`sent ${header}`, text]));
  const attributes = { ...read('came', came), ...headers };
  tracer.startSpan(name, { startTime: at(0), attributes }, ROOT_CONTEXT).end(at(1));
}

const headersGetter: TextMapGetter<Headers> = {
  get: (headers, key) => headers.get(key) ?? undefined,
  keys: (headers) => [...headers.keys()],
};
const headersSetter: TextMapSetter<Headers> = { set: (headers, key, value) => headers.set(key, value) };

/** Small programs that propagate context in headers, using each SDK's propagators. */
export const PROPAGATION_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => void>> = {
  'headers that come in and go on'(sdk) {
    const { propagator } = sdk;
    const tracer = sdk.tracers().getTracer('app');
    for (const [name, headers] of Object.entries(INCOMING)) {
      const came = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const sent: Record<string, string> = {};
      propagator.inject(came, sent, defaultTextMapSetter);
      tell(tracer, name, came, sent);
    }
  },

  'headers of the web'(sdk) {
    const { propagator } = sdk;
    const tracer = sdk.tracers().getTracer('app');
    const headers = new Headers({ TraceParent: PARENT, tracestate: 'a=1', baggage: 'a=1' });
    headers.append('tracestate', 'b=2');
    headers.append('baggage', 'b=2');
    for (const carrier of [headers, new Headers()]) {
      const came = propagator.extract(ROOT_CONTEXT, carrier, headersGetter);
      const sent = new Headers();
      propagator.inject(came, sent, headersSetter);
      tell(tracer, 'web', came, Object.fromEntries(sent));
    }
  },

  'forwarded context'(sdk) {
    const { propagator } = sdk;
    const span: SpanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };
    const within = (more: Partial<SpanContext>) => trace.setSpanContext(ROOT_CONTEXT, { ...span, ...more });
    const carrying = (entries: Readonly<Record<string, string>>) =>
      propagation.setBaggage(
        ROOT_CONTEXT,
        propagation.createBaggage(Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, { value }]))),
      );
    const contexts: Readonly<Record<string, Context>> = {
      nothing: ROOT_CONTEXT,
      span: within({}),
      'not sampled': within({ traceFlags: 0 }),
      'all flags': within({ traceFlags: 255 }),
      state: within({ traceState: createTraceState('b=2').set('a', '1') }),
      'empty state': within({ traceState: createTraceState('') }),
      'invalid trace id': within({ traceId: '0'.repeat(32) }),
      'invalid span id': within({ spanId: 'x' }),
      suppressed: suppressTracing(propagation.setBaggage(within({}), propagation.createBaggage({ a: { value: '1' } }))),
      baggage: carrying({ plain: 'a', reserved: 'a,b;c=d "e" \\ % +', letters: 'ü🙂' }),
      'baggage without values': carrying({ empty: '' }),
      'baggage with keys that need encoding': carrying({ 'a b': '1', ü: '2', '': '3' }),
      'baggage with properties': propagation.setBaggage(
        ROOT_CONTEXT,
        propagation.createBaggage({ a: { value: '1', metadata: baggageEntryMetadataFromString('p=1;q') } }),
      ),
      'empty baggage': carrying({}),
      'baggage of 200 entries': carrying(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, `${i}`]))),
      'a long entry of baggage': carrying({ a: '1', b: 'x'.repeat(5_000), c: '3' }),
      'long baggage': carrying(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'x'.repeat(997)]))),
    };
    const tracer = sdk.tracers().getTracer('app');
    for (const [name, around] of Object.entries(contexts)) {
      const sent: Record<string, string> = {};
      propagator.inject(around, sent, defaultTextMapSetter);
      tell(tracer, name, around, sent);
    }
    const fields = tracer.startSpan('fields', { startTime: at(0) }, ROOT_CONTEXT);
    fields.setAttribute('fields', propagator.fields()).end(at(1));
  },
};
