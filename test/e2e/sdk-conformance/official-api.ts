import { createRequire } from 'node:module';
import { type ContextManager, context, propagation, type TracerProvider, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';

/** The default propagators of opentelemetry-js. */
export const officialPropagator = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

/**
 * Registers a provider with opentelemetry-js's context manager and propagators. Returns a function that unregisters
 * them.
 */
export function registerOfficial(provider: TracerProvider): () => void {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(contextManager().enable());
  propagation.setGlobalPropagator(officialPropagator);
  return () => {
    for (const api of [trace, context, propagation]) api.disable();
  };
}

/** Creates the context manager that instrumentations depend on. */
function contextManager(): ContextManager {
  const require = createRequire(import.meta.resolve('@opentelemetry/auto-instrumentations-node'));
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  return new AsyncLocalStorageContextManager();
}
