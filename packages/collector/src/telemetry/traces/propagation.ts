import type { SpanIdentity } from '@otelier/otlp';
import type { ExportRequest } from '@otelier/transport';
import type { TracesConfig } from './traces-config.ts';

type Headers = ExportRequest['headers'];

/** Reads and writes the headers of one format. */
interface Propagator {
  extract(headers: Headers): SpanIdentity | undefined;
  inject(span: SpanIdentity): Readonly<Record<string, string>>;
}

/** Reads and writes spans in the headers of requests. */
export interface Propagation {
  /** Returns the span in the headers, in the first configured format that has one. */
  extract(headers: Headers): SpanIdentity | undefined;
  /** Returns the headers for a span in all configured formats, or `undefined` without any. */
  inject(span: SpanIdentity): Readonly<Record<string, string>> | undefined;
}

/** Creates the propagation for the names in `service.telemetry.traces.propagators`. */
export function createPropagation(names: TracesConfig['propagators']): Propagation {
  const propagators = names.map((name) => PROPAGATORS[name]);
  return {
    extract(headers) {
      for (const propagator of propagators) {
        const span = propagator.extract(headers);
        if (span !== undefined) return span;
      }
      return undefined;
    },
    inject(span) {
      if (propagators.length === 0) return undefined;
      return Object.assign({}, ...propagators.map((propagator) => propagator.inject(span)));
    },
  };
}

const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const traceContext: Propagator = {
  extract(headers) {
    const match = TRACE_PARENT.exec(first(headers, 'traceparent') ?? '');
    const [, version, traceId, spanId, flags, rest] = match ?? [];
    if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
    if (version === '00' && rest !== undefined) return undefined;
    const isSampled = (Number.parseInt(flags, 16) & 1) === 1;
    return { traceId, spanId, isSampled, traceState: first(headers, 'tracestate') };
  },
  inject: ({ traceId, spanId, isSampled, traceState }) => ({
    traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`,
    ...(traceState !== undefined && traceState !== '' && { tracestate: traceState }),
  }),
};

const TRACE_ID = /^(?!0+$)(?:[0-9a-f]{32}|[0-9a-f]{16})$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** The single header if there is one, otherwise one header per value. Writes the latter, as the Collector does. */
const b3: Propagator = {
  extract(headers) {
    const single = first(headers, 'b3');
    const [traceId = '', spanId = '', sampled] =
      single === undefined
        ? [
            first(headers, 'x-b3-traceid'),
            first(headers, 'x-b3-spanid'),
            first(headers, 'x-b3-flags') === '1' ? 'd' : first(headers, 'x-b3-sampled'),
          ]
        : single.split('-');
    const trace = traceId.toLowerCase();
    const span = spanId.toLowerCase();
    if (!TRACE_ID.test(trace) || !SPAN_ID.test(span)) return undefined;
    const isSampled = sampled === '1' || sampled === 'd' || sampled === 'true';
    return { traceId: trace.padStart(32, '0'), spanId: span, isSampled };
  },
  inject: ({ traceId, spanId, isSampled }) => ({
    'x-b3-traceid': traceId,
    'x-b3-spanid': spanId,
    'x-b3-sampled': isSampled ? '1' : '0',
  }),
};

const PROPAGATORS: Readonly<Record<TracesConfig['propagators'][number], Propagator>> = {
  tracecontext: traceContext,
  b3,
};

function first(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}
