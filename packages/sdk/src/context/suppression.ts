import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * Reports whether tracing is suppressed in this context. Uses the key of opentelemetry-js, so that its instrumentations
 * respect it.
 */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true;
}

/** Returns a context in which tracing is suppressed. */
export function suppressed(context: Context): Context {
  return context.setValue(SUPPRESSED, true);
}

/** Runs `fn` with tracing suppressed, so that exports do not create telemetry. */
export function suppress<T>(fn: () => T): T {
  return context.with(suppressed(ROOT_CONTEXT), fn);
}

const SUPPRESSED = /* @__PURE__ */ createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
