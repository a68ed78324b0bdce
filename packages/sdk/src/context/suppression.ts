import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * Reports whether tracing is suppressed in this context. Uses the key of opentelemetry-js, so that its instrumentations
 * respect it.
 */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true;
}

/** Runs `fn` with tracing suppressed, so that exports do not create telemetry. */
export function suppress<T>(fn: () => T): T {
  return context.with(ROOT_CONTEXT.setValue(SUPPRESSED, true), fn);
}

const SUPPRESSED = /* @__PURE__ */ createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
