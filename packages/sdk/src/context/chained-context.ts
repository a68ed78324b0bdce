import {
  type Context,
  createContextKey,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';

/** A context that adds one value to another context. Cheaper than the API's, which copies all values. */
export class ChainedContext implements Context {
  readonly #parent: Context;
  readonly #key: symbol;
  readonly #value: unknown;

  constructor(parent: Context, key: symbol, value: unknown) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new ChainedContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new ChainedContext(this, key, undefined);
  }
}

/** Returns a context with the span, as `trace.setSpan` does. */
export function withSpan(context: Context, span: Span): Context {
  return isKnownKey ? new ChainedContext(context, SPAN, span) : trace.setSpan(context, span);
}

/** The key of the API, which is not exported. */
const SPAN = /* @__PURE__ */ createContextKey('OpenTelemetry Context Key SPAN');
const probe = /* @__PURE__ */ trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
/** Other versions of the API may use another key. */
const isKnownKey = /* @__PURE__ */ (() => trace.getSpan(ROOT_CONTEXT.setValue(SPAN, probe)) === probe)();
