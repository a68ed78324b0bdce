import {
  type Context,
  isSpanContextValid,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { isSuppressed } from './suppression.ts';

/** Propagates the span context and baggage in the headers of Jaeger's clients: `uber-trace-id` and `uberctx-…`. */
export class JaegerPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    if (isSuppressed(context)) return;
    const span = trace.getSpanContext(context);
    if (span !== undefined && isSpanContextValid(span))
      setter.set(carrier, TRACE_ID, `${span.traceId}:${span.spanId}:0:0${(span.traceFlags & 1).toString(16)}`);
    for (const [key, { value }] of propagation.getBaggage(context)?.getAllEntries() ?? [])
      if (KEY.test(key)) setter.set(carrier, BAGGAGE + key, encodeURIComponent(value));
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    return this.#extractBaggage(this.#extractSpan(context, carrier, getter), carrier, getter);
  }

  #extractSpan(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = decoded(first(getter.get(carrier, TRACE_ID)));
    const [, traceId = '', spanId = '', flags = ''] = PATTERN.exec(header) ?? [];
    // Zeros at the start may be missing.
    const span = {
      traceId: traceId.toLowerCase().padStart(32, '0'),
      spanId: spanId.toLowerCase().padStart(16, '0'),
      traceFlags: Number.parseInt(flags, 16) & 1,
      isRemote: true,
    };
    return isSpanContextValid(span) ? trace.setSpanContext(context, span) : context;
  }

  #extractBaggage(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const names = getter.keys(carrier).filter((name) => name.toLowerCase().startsWith(BAGGAGE));
    if (names.length === 0) return context;
    let baggage = propagation.getBaggage(context) ?? propagation.createBaggage();
    for (const name of names.slice(0, MAX_ENTRIES)) {
      const value = first(getter.get(carrier, name));
      if (value.length <= MAX_LENGTH) baggage = baggage.setEntry(name.slice(BAGGAGE.length), { value: decoded(value) });
    }
    return propagation.setBaggage(context, baggage);
  }

  fields(): string[] {
    return [TRACE_ID];
  }
}

function first(value: string | readonly string[] | undefined): string {
  return String((typeof value === 'object' ? value[0] : value) ?? '').trim();
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const TRACE_ID = 'uber-trace-id';
const BAGGAGE = 'uberctx-';
const PATTERN = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]{1,16}:([0-9a-f]{1,2})$/i;
/** Names of headers are tokens (RFC 9110). */
const KEY = /^[\w!#$%&'*+.^`|~-]+$/;
/** The limits of W3C Baggage. */
const MAX_ENTRIES = 64;
const MAX_LENGTH = 4096;
