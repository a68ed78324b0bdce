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
import { installedCopies } from '../api-copies/installed-copies.ts';
import { registrationErrors } from '../api-copies/registration-errors.ts';
import { compositePropagator } from '../context/composite.ts';

/** The components to register with the OpenTelemetry API. */
export interface Globals {
  readonly contextManager: ContextManager;
  readonly propagator: TextMapPropagator | undefined;
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: LoggerProvider | undefined;
}

/**
 * Registers all defined components that are not registered yet, and logs why spans will be lost. Returns a function
 * that undoes the registration.
 */
export async function registerGlobals(globals: Globals, log: (line: string) => void): Promise<() => void> {
  const { contextManager, propagator, tracerProvider, meterProvider, loggerProvider } = globals;
  const undo: (() => void)[] = [];
  const keep = (isSet: boolean, api: { disable(): void }) => isSet && undo.push(() => api.disable());
  keep(context.setGlobalContextManager(contextManager.enable()), context);
  if (propagator !== undefined) keep(propagation.setGlobalPropagator(propagator), propagation);
  if (tracerProvider !== undefined) {
    const isSet = trace.setGlobalTracerProvider(tracerProvider);
    keep(isSet, trace);
    for (const message of registrationErrors(isSet, propagator ?? compositePropagator([]), installedCopies()))
      log(message);
  }
  if (meterProvider !== undefined) keep(metrics.setGlobalMeterProvider(meterProvider), metrics);
  if (loggerProvider !== undefined) {
    keep(logs.setGlobalLoggerProvider(loggerProvider), logs);
    await registerWithLogsApi(loggerProvider, keep);
  }
  return () => {
    for (const each of undo) each();
  };
}

/**
 * Registers with the separate logs API package. The logs API used to be one, which programs and instrumentations may
 * still use. It need not be installed.
 */
async function registerWithLogsApi(
  provider: LoggerProvider,
  keep: (isSet: boolean, api: { disable(): void }) => void,
): Promise<void> {
  const older = await import('@opentelemetry/api-logs').catch(() => undefined);
  if (older === undefined) return;
  const set = older.logs.setGlobalLoggerProvider(provider as Parameters<typeof older.logs.setGlobalLoggerProvider>[0]);
  keep(set === provider, older.logs);
}
