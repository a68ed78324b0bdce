import {
  type ContextManager,
  context,
  type LoggerProvider,
  logs,
  type MeterProvider,
  metrics,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

/** What the OpenTelemetry API shall give to the program. */
export interface Globals {
  readonly contextManager: ContextManager;
  readonly propagator: TextMapPropagator | undefined;
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: LoggerProvider | undefined;
}

/** Registers what is there, where nothing is registered yet; the result takes that back. */
export async function registerGlobals(globals: Globals): Promise<() => void> {
  const { contextManager, propagator, tracerProvider, meterProvider, loggerProvider } = globals;
  const undo: (() => void)[] = [];
  const keep = (isSet: boolean, api: { disable(): void }) => isSet && undo.push(() => api.disable());
  keep(context.setGlobalContextManager(contextManager.enable()), context);
  if (propagator !== undefined) keep(propagation.setGlobalPropagator(propagator), propagation);
  if (tracerProvider !== undefined) keep(trace.setGlobalTracerProvider(tracerProvider), trace);
  if (meterProvider !== undefined) keep(metrics.setGlobalMeterProvider(meterProvider), metrics);
  if (loggerProvider !== undefined) {
    keep(logs.setGlobalLoggerProvider(loggerProvider), logs);
    await registerWithLogsApi(loggerProvider, keep);
  }
  return () => {
    for (const each of undo) each();
  };
}

/** The logs API was a package of its own, which programs and instrumentations may still use; it need not be installed. */
async function registerWithLogsApi(
  provider: LoggerProvider,
  keep: (isSet: boolean, api: { disable(): void }) => void,
): Promise<void> {
  const older = await import('@opentelemetry/api-logs').catch(() => undefined);
  if (older === undefined) return;
  const set = older.logs.setGlobalLoggerProvider(provider as Parameters<typeof older.logs.setGlobalLoggerProvider>[0]);
  keep(set === provider, older.logs);
}
