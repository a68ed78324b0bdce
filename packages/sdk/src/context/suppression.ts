import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/** Whether what runs in this context shall not be traced; the key is that of opentelemetry-js, so its instrumentations heed it. */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true;
}

/** Runs `fn` so that nothing in it is traced: what sends telemetry would make more of it. */
export function suppress<T>(fn: () => T): T {
  return context.with(ROOT_CONTEXT.setValue(SUPPRESSED, true), fn);
}

const SUPPRESSED = /* @__PURE__ */ createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
