import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type Sampler,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Sdk } from './sdks.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

/** Trace ids over which a ratio decides differently: it looks at some of their bytes. */
const TRACE_IDS = Array.from({ length: 16 }, (_, i) => i.toString(16).repeat(31).padStart(32, '1'));

function remoteParents(): readonly Context[] {
  return TRACE_IDS.flatMap((traceId) =>
    [TraceFlags.NONE, TraceFlags.SAMPLED].map((traceFlags) =>
      trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: 'b7ad6b7169203331', traceFlags, isRemote: true }),
    ),
  );
}

/** Samplers of opentelemetry-js, which fit both SDKs. */
const SAMPLERS: Readonly<Record<string, Sampler>> = {
  on: new AlwaysOnSampler(),
  off: new AlwaysOffSampler(),
  ratio: new TraceIdRatioBasedSampler(0.5),
  'parent, else on': new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  'parent, else off': new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  'the other way round': new ParentBasedSampler({
    root: new AlwaysOffSampler(),
    remoteParentSampled: new AlwaysOffSampler(),
    remoteParentNotSampled: new AlwaysOnSampler(),
  }),
};

const propagator = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

/** Small programs on what spans are told by others and tell them. */
export const CONTEXT_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => void>> = {
  'samplers of opentelemetry-js'(sdk) {
    for (const [name, sampler] of Object.entries(SAMPLERS)) {
      const tracer = sdk.tracers({ sampler }).getTracer(name);
      for (const [i, around] of remoteParents().entries()) {
        const span = tracer.startSpan(`${i}`, { startTime: at(0) }, around);
        tracer.startSpan(`child of ${i}`, { startTime: at(0) }, trace.setSpan(around, span)).end(at(1));
        span.end(at(1));
      }
      // The ids of roots are another in every run, and so is what a ratio decides over them.
      if (name !== 'ratio') tracer.startSpan('root', { startTime: at(0) }, ROOT_CONTEXT).end(at(1));
    }
  },

  'contexts that are handed on'(sdk) {
    const tracer = sdk.tracers().getTracer('app');
    const incoming = [
      {},
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' },
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03', tracestate: 'a=1,b=2' },
      { traceparent: 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more' },
      { traceparent: 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' },
      { traceparent: 'nonsense', tracestate: 'a=1', baggage: 'tenant=a' },
      { baggage: 'tenant=a%20b;secret=yes,flag=1, empty=' },
    ];
    for (const headers of incoming) {
      const around = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const span = tracer.startSpan(JSON.stringify(headers), { startTime: at(0) }, around);
      const outgoing: Record<string, string> = {};
      const inside = trace.setSpan(around, span);
      const baggage = (propagation.getBaggage(inside) ?? propagation.createBaggage()).setEntry('more', { value: 'ü' });
      propagator.inject(propagation.setBaggage(inside, baggage), outgoing, defaultTextMapSetter);
      const { traceId, spanId } = span.spanContext();
      const isOwnTrace = !('traceparent' in headers) || !headers.traceparent.includes(traceId);
      const parts = outgoing['traceparent']?.replace(spanId, 'SPAN') ?? '';
      span.setAttributes({ ...outgoing, traceparent: isOwnTrace ? parts.replace(traceId, 'TRACE') : parts });
      span.end(at(1));
    }
  },
};
