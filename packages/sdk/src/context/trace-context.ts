import {
  type Context,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { withSpan } from './chained-context.ts';
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
    const header = joinedHeader(carrier, getter, TRACE_PARENT);
    const span = parseUsual(header) ?? parseTraceParent(header);
    if (span === undefined) return context;
    const state = joinedHeader(carrier, getter, TRACE_STATE);
    const traceState = state === '' ? undefined : parseTraceState(state);
    return withSpan(context, trace.wrapSpanContext(traceState === undefined ? span : { ...span, traceState }));
  }

  fields(): string[] {
    return [TRACE_PARENT, TRACE_STATE];
  }
}

/** Parses a valid header of version 00, three times as fast. Returns `undefined` for all others. */
function parseUsual(header: string): SpanContext | undefined {
  if (header.length !== 55 || !header.startsWith('00-')) return undefined;
  let traceBits = 0;
  let spanBits = 0;
  for (let i = 3; i < 55; i++) {
    const digit = (HEX_DIGITS[header.charCodeAt(i)] ?? 0) - 1;
    if (i === 35 || i === 52) {
      if (header.charCodeAt(i) !== HYPHEN) return undefined;
    } else if (digit < 0) return undefined;
    else if (i < 35) traceBits |= digit;
    else if (i < 52) spanBits |= digit;
  }
  if (traceBits === 0 || spanBits === 0) return undefined;
  const traceFlags = ((HEX_DIGITS[header.charCodeAt(54)] ?? 0) - 1) & KNOWN_FLAGS;
  return { traceId: header.slice(3, 35), spanId: header.slice(36, 52), traceFlags, isRemote: true };
}

/** The value of each lowercase hexadecimal digit plus 1, by character code. */
const HEX_DIGITS = /* @__PURE__ */ (() => {
  const digits = new Uint8Array(128);
  for (let i = 0; i < 16; i++) digits[i.toString(16).charCodeAt(0)] = i + 1;
  return digits;
})();
const HYPHEN = 45;

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
