import {
  type Context,
  createTraceState,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Sampler,
  SamplingDecision,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Sdk } from './sdks.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

const remote: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};

function within(span: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, span);
}

function tracerOf(sdk: Sdk, options?: Parameters<Sdk['tracers']>[0]): Tracer {
  return sdk.tracers(options).getTracer('app');
}

/** Small programs that use the tracing API. */
export const TRACE_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => void>> = {
  'attributes of every kind'(sdk) {
    const values = {
      text: 'grün ✓ 🙂 \u0000 "quoted"',
      'text empty': '',
      'text with half a character': 'a\ud800b',
      integer: 7,
      'integer negative': -7,
      'integer safe': Number.MAX_SAFE_INTEGER,
      'integer unsafe': 2 ** 53,
      'integer huge': 1e300,
      'zero negative': -0,
      double: 0.1,
      'not a number': Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      yes: true,
      no: false,
      'list of text': ['a', ''],
      'list of numbers': [1, 0.5, -1],
      'list of flags': [true, false],
      'list with gaps': ['a', null, undefined],
      'list empty': [],
      'list mixed': ['a', 1, true],
      nothing: undefined,
      null: null,
      map: { a: 1, b: { c: ['d'] } },
      bytes: new Uint8Array([0, 255]),
      date: new Date(0),
      function: () => {},
      symbol: Symbol('x'),
      big: 1n,
      '': 'without a key',
    };
    const tracer = tracerOf(sdk);
    for (const [key, value] of Object.entries(values)) {
      tracer.startSpan(`given ${key}`, { attributes: { [key]: value } }, ROOT_CONTEXT).end();
      tracer.startSpan(`set ${key}`, {}, ROOT_CONTEXT).setAttribute(key, value).end();
    }
  },

  'attributes that are set again'(sdk) {
    const span = tracerOf(sdk).startSpan('again', { attributes: { a: 1, b: 2 } }, ROOT_CONTEXT);
    span.setAttribute('a', 'text').setAttributes({ b: 3, c: 4 }).setAttribute('c', undefined);
    span.end();
  },

  'names, kinds and times'(sdk) {
    const tracer = tracerOf(sdk);
    for (const kind of [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]) {
      tracer.startSpan(`kind ${kind}`, { kind, startTime: at(1) }, ROOT_CONTEXT).end(at(2));
    }
    tracer.startSpan('', { startTime: at(1) }, ROOT_CONTEXT).end(at(2));
    tracer.startSpan('millis', { startTime: 1_800_000_000_000.25 }, ROOT_CONTEXT).end(1_800_000_000_001.75);
    tracer
      .startSpan('dates', { startTime: new Date(1_800_000_000_000) }, ROOT_CONTEXT)
      .end(new Date(1_800_000_000_001));
    tracer.startSpan('now', {}, ROOT_CONTEXT).end();
    tracer.startSpan('performance', { startTime: performance.now() }, ROOT_CONTEXT).end(performance.now());
    tracer.startSpan('ends before it starts', { startTime: at(5) }, ROOT_CONTEXT).end(at(1));
    tracer.startSpan('zero', { startTime: 0 }, ROOT_CONTEXT).end(at(1));
    const renamed = tracer.startSpan('before', { startTime: at(1) }, ROOT_CONTEXT).updateName('after');
    renamed.end(at(2));
    renamed.setAttribute('late', 1).addEvent('late').setStatus({ code: SpanStatusCode.ERROR }).updateName('late');
    renamed.end(at(9));
  },

  events(sdk) {
    const span = tracerOf(sdk).startSpan('events', { startTime: at(0) }, ROOT_CONTEXT);
    span.addEvent('bare').addEvent('timed', at(1)).addEvent('dated', new Date(1_800_000_000_002));
    span.addEvent('with attributes', { a: 1, list: ['x'] }, at(3));
    span.addEvent('with none', {}, at(4));
    span.addEvent('', { a: 'x' }, at(5));
    span.addEvent('wrong attributes', { fn: () => {}, nothing: undefined, fine: 1 } as never, at(6));
    span.addEvent('before the start', at(-5));
    span.end(at(9));
  },

  exceptions(sdk) {
    const stack = 'RangeError: too far\n    at cart.js:1:1';
    const exceptions = {
      text: 'text alone',
      'text empty': '',
      error: Object.assign(new RangeError('too far'), { stack }),
      'with a code': { code: 'ENOENT', name: 'Error', message: 'no such file' },
      'with a number': { code: 42, message: 'numbered' },
      'name alone': { name: 'TypeError' },
      'message alone': { message: 'said' },
      empty: {},
      'message empty': { name: 'E', message: '' },
    };
    const tracer = tracerOf(sdk);
    for (const [name, exception] of Object.entries(exceptions)) {
      const span = tracer.startSpan(name, { startTime: at(0) }, ROOT_CONTEXT);
      span.recordException(exception as Error, at(1));
      span.end(at(2));
    }
    const now = tracer.startSpan('now', {}, ROOT_CONTEXT);
    now.recordException('now');
    now.end();
  },

  links(sdk) {
    const traceState = createTraceState('vendor=1,other=2');
    const tracer = tracerOf(sdk);
    const first = tracer.startSpan('first', { startTime: at(0) }, ROOT_CONTEXT);
    const options = {
      startTime: at(0),
      links: [
        { context: first.spanContext(), attributes: { why: 'first' } },
        { context: remote },
        { context: { ...remote, traceFlags: TraceFlags.NONE, isRemote: false, traceState }, attributes: {} },
        { context: INVALID_SPAN_CONTEXT, attributes: { why: 'invalid' } },
      ],
    };
    const span = tracer.startSpan('linked', options, ROOT_CONTEXT);
    span.addLink({ context: remote, attributes: { late: true, fn: () => {} } });
    span.addLinks([{ context: first.spanContext() }, { context: remote, attributes: { n: 1 } }]);
    span.end(at(1));
    first.end(at(1));
  },

  'the precedence of statuses'(sdk) {
    const { UNSET, OK, ERROR } = SpanStatusCode;
    const orders = [
      [{ code: UNSET }],
      [{ code: OK }],
      [{ code: OK, message: 'ignored' }],
      [{ code: ERROR }],
      [{ code: ERROR, message: 'broken' }],
      [
        { code: ERROR, message: 'first' },
        { code: ERROR, message: 'second' },
      ],
      [{ code: ERROR, message: 'first' }, { code: ERROR }],
      [{ code: ERROR, message: 'broken' }, { code: OK }],
      [{ code: OK }, { code: ERROR, message: 'too late' }],
      [{ code: ERROR, message: 'broken' }, { code: UNSET }],
      [{ code: OK }, { code: UNSET }],
      [{ code: ERROR, message: 7 as never }],
    ];
    const tracer = tracerOf(sdk);
    for (const order of orders) {
      const span = tracer.startSpan(JSON.stringify(order), { startTime: at(0) }, ROOT_CONTEXT);
      for (const status of order) span.setStatus(status);
      span.end(at(1));
    }
  },

  'parents and children'(sdk) {
    const tracer = tracerOf(sdk);
    const root = tracer.startSpan('root', { startTime: at(0) }, ROOT_CONTEXT);
    const child = tracer.startSpan('child', { startTime: at(1) }, trace.setSpan(ROOT_CONTEXT, root));
    const grandchild = tracer.startSpan('grandchild', { startTime: at(2) }, trace.setSpan(ROOT_CONTEXT, child));
    const another = tracer.startSpan(
      'another root',
      { startTime: at(2), root: true },
      trace.setSpan(ROOT_CONTEXT, child),
    );
    for (const span of [grandchild, child, root, another]) span.end(at(5));
    tracer.startSpan('of a remote parent', { startTime: at(0) }, within(remote)).end(at(1));
    tracer.startSpan('of a local parent', { startTime: at(0) }, within({ ...remote, isRemote: false })).end(at(1));
    tracer.startSpan('of no parent', { startTime: at(0) }, within(INVALID_SPAN_CONTEXT)).end(at(1));
    tracer.startSpan('of a parent that is not sampled', {}, within({ ...remote, traceFlags: TraceFlags.NONE })).end();
    const traceState = createTraceState('vendor=1,other=2');
    const stated = tracer.startSpan('with a trace state', { startTime: at(0) }, within({ ...remote, traceState }));
    tracer.startSpan('its child', { startTime: at(0) }, trace.setSpan(ROOT_CONTEXT, stated)).end(at(1));
    stated.end(at(1));
    tracer.startActiveSpan('active', { startTime: at(0) }, ROOT_CONTEXT, (span) => span.end(at(1)));
  },

  'limits of spans'(sdk) {
    const spanLimits = {
      attributeCountLimit: 3,
      attributeValueLengthLimit: 4,
      eventCountLimit: 2,
      linkCountLimit: 2,
      attributePerEventCountLimit: 1,
      attributePerLinkCountLimit: 1,
    };
    const tracer = tracerOf(sdk, { spanLimits });
    const attributes = { a: 'too long', b: ['too long', 'ok'], c: 1, d: 2, e: 3 };
    const links = [1, 2, 3].map((n) => ({ context: remote, attributes: { n, text: 'too long', more: n } }));
    const span = tracer.startSpan('limited', { startTime: at(0), attributes, links }, ROOT_CONTEXT);
    span.setAttribute('a', 'set again').setAttribute('f', 1);
    for (let i = 0; i < 4; i++) span.addEvent(`event ${i}`, { text: 'too long', i, more: true }, at(i));
    span.addLink({ context: remote, attributes: { n: 4 } });
    span.recordException({ name: 'LongName', message: 'too long', stack: 'too long' }, at(9));
    span.end(at(10));
  },

  'limits at their edges'(sdk) {
    const attributes = { a: 'grün 🙂 und', b: ['🙂🙂', ''], c: true };
    const links = [{ context: remote, attributes }];
    const all = (limit: number) => ({
      attributeCountLimit: limit,
      attributeValueLengthLimit: limit,
      eventCountLimit: limit,
      linkCountLimit: limit,
      attributePerEventCountLimit: limit,
      attributePerLinkCountLimit: limit,
    });
    for (const [name, spanLimits] of Object.entries({
      none: all(0),
      one: all(1),
      'within a character': { attributeValueLengthLimit: 6 },
      unbounded: all(Number.POSITIVE_INFINITY),
    })) {
      const span = tracerOf(sdk, { spanLimits }).startSpan(name, { startTime: at(0), attributes, links }, ROOT_CONTEXT);
      span.addEvent('event', attributes, at(0)).addEvent('another', at(0)).addLink({ context: remote });
      span.setAttributes({ d: 1, e: 2 }).end(at(1));
    }
  },

  'the limits that hold by default'(sdk) {
    const tracer = tracerOf(sdk);
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`key ${i}`, i]));
    const span = tracer.startSpan('many', { startTime: at(0), attributes: many }, ROOT_CONTEXT);
    for (let i = 0; i < 130; i++) span.addEvent(`event ${i}`, at(0)).addLink({ context: remote, attributes: { i } });
    span.addEvent('full', many, at(1));
    span.end(at(2));
  },

  'a sampler of one’s own'(sdk) {
    const sampler: Sampler = {
      shouldSample(_context, _traceId, name, kind, attributes, links) {
        const traceState = createTraceState('sampler=1');
        if (name === 'dropped') return { decision: SamplingDecision.NOT_RECORD };
        if (name === 'recorded') return { decision: SamplingDecision.RECORD };
        return {
          decision: SamplingDecision.RECORD_AND_SAMPLED,
          attributes: { 'sampler.kind': kind, 'sampler.saw': Object.keys(attributes), 'sampler.links': links.length },
          ...(name === 'stated' ? { traceState } : {}),
        };
      },
      toString: () => 'Named',
    };
    const tracer = tracerOf(sdk, { sampler });
    for (const name of ['dropped', 'recorded', 'plain', 'stated']) {
      const span = tracer.startSpan(
        name,
        { kind: SpanKind.CLIENT, attributes: { a: 1 }, startTime: at(0) },
        ROOT_CONTEXT,
      );
      const around = trace.setSpan(ROOT_CONTEXT, span);
      tracer.startSpan(`child of ${name}`, { startTime: at(0), links: [{ context: remote }] }, around).end(at(1));
      span.end(at(1));
    }
  },

  'tracers of several scopes'(sdk) {
    const provider = sdk.tracers({
      resource: { 'service.name': 'shop', list: ['a', 'b'], n: 1, ratio: 0.5, yes: true },
    });
    const scopes = [
      provider.getTracer('bare'),
      provider.getTracer('versioned', '1.2.3'),
      provider.getTracer('with schema', '1.2.3', { schemaUrl: 'https://example.com/1' }),
      provider.getTracer(''),
    ];
    for (const tracer of scopes) tracer.startSpan('one', { startTime: at(0) }, ROOT_CONTEXT).end(at(1));
  },
};
