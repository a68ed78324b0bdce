import { createRequire } from 'node:module';
import { type ContextManager, context, propagation, type TracerProvider, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';

/** The propagators of opentelemetry-js that are there by default. */
export const officialPropagator = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

/** Puts a provider, and context manager and propagators of opentelemetry-js, behind the API; the result takes that back. */
export function registerOfficial(provider: TracerProvider): () => void {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(contextManager().enable());
  propagation.setGlobalPropagator(officialPropagator);
  return () => {
    for (const api of [trace, context, propagation]) api.disable();
  };
}

/** It comes with the instrumentations, and nothing else of ours needs it. */
function contextManager(): ContextManager {
  const require = createRequire(import.meta.resolve('@opentelemetry/auto-instrumentations-node'));
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  return new AsyncLocalStorageContextManager();
}
