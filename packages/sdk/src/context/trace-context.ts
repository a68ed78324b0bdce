import {
  type Context,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { joinedHeader } from './header.ts';
import { isSuppressed } from './suppression.ts';
import { parseTraceState } from './trace-state.ts';

/** Propagates the span context in the `traceparent` and `tracestate` headers (W3C Trace Context). */
export class TraceContextPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || isSuppressed(context) || !isSpanContextValid(span)) return;
    const flags = (span.traceFlags & KNOWN_FLAGS).toString(16).padStart(2, '0');
    setter.set(carrier, TRACE_PARENT, `00-${span.traceId}-${span.spanId}-${flags}`);
    const state = span.traceState?.serialize();
    if (state) setter.set(carrier, TRACE_STATE, state);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const span = parseTraceParent(joinedHeader(carrier, getter, TRACE_PARENT));
    if (span === undefined) return context;
    const traceState = parseTraceState(joinedHeader(carrier, getter, TRACE_STATE));
    return trace.setSpanContext(context, traceState === undefined ? span : { ...span, traceState });
  }

  fields(): string[] {
    return [TRACE_PARENT, TRACE_STATE];
  }
}

/** Parses the header. Repeated headers are joined and are therefore invalid in every version. */
function parseTraceParent(header: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, rest] = PATTERN.exec(header.trim()) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Later versions may append fields; version 00 has none.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & KNOWN_FLAGS, isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}

const TRACE_PARENT = 'traceparent';
const TRACE_STATE = 'tracestate';
const PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/;
/** The sampled and random flags. Other flags are undefined and not propagated. */
const KNOWN_FLAGS = 3;
