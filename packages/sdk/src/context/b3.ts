import {
  type Context,
  createContextKey,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { isSuppressed } from './suppression.ts';

/**
 * Propagates the span context in the headers of Zipkin: `b3`, or the `X-B3-…` headers if `multiple` is set. Reads both,
 * `b3` first.
 */
export class B3Propagator implements TextMapPropagator {
  readonly #isMultiple: boolean;

  constructor({ multiple = false }: { readonly multiple?: boolean } = {}) {
    this.#isMultiple = multiple;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || isSuppressed(context) || !isSpanContextValid(span)) return;
    const isDebug = context.getValue(DEBUG) === true;
    const sampled = (span.traceFlags & 1) === 1 ? '1' : '0';
    if (!this.#isMultiple) {
      setter.set(carrier, B3, `${span.traceId}-${span.spanId}-${isDebug ? 'd' : sampled}`);
      return;
    }
    setter.set(carrier, TRACE_ID, span.traceId);
    setter.set(carrier, SPAN_ID, span.spanId);
    // The debug flag implies the decision.
    if (isDebug) setter.set(carrier, FLAGS, '1');
    else setter.set(carrier, SAMPLED, sampled);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const read = (name: string) => {
      const value = getter.get(carrier, name) ?? getter.get(carrier, name.toUpperCase());
      return String((Array.isArray(value) ? value[0] : value) ?? '').trim();
    };
    const [traceId, spanId, state] = SINGLE.exec(read(B3))?.slice(1) ?? [
      read(TRACE_ID),
      read(SPAN_ID),
      read(FLAGS) === '1' ? 'd' : read(SAMPLED),
    ];
    if (!HEX_TRACE_ID.test(traceId ?? '') || !HEX_SPAN_ID.test(spanId ?? '')) return context;
    const span = {
      traceId: (traceId ?? '').toLowerCase().padStart(32, '0'),
      spanId: (spanId ?? '').toLowerCase(),
      // Early senders wrote `true`.
      traceFlags: ['1', 'd', 'true'].includes(state ?? '') ? 1 : 0,
      isRemote: true,
    };
    if (!isSpanContextValid(span)) return context;
    const extracted = trace.setSpanContext(context, span);
    return state === 'd' ? extracted.setValue(DEBUG, true) : extracted;
  }

  fields(): string[] {
    return this.#isMultiple ? [TRACE_ID, SPAN_ID, FLAGS, SAMPLED] : [B3];
  }
}

const B3 = 'b3';
const TRACE_ID = 'x-b3-traceid';
const SPAN_ID = 'x-b3-spanid';
const SAMPLED = 'x-b3-sampled';
const FLAGS = 'x-b3-flags';
const SINGLE = /^([0-9a-f]+)-([0-9a-f]+)(?:-([01d])(?:-[0-9a-f]{16})?)?$/i;
const HEX_TRACE_ID = /^(?:[0-9a-f]{16}){1,2}$/i;
const HEX_SPAN_ID = /^[0-9a-f]{16}$/i;
/** The caller asked to record the trace whatever the samplers say. */
const DEBUG = /* @__PURE__ */ createContextKey('@otelier/sdk B3 debug');
