import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { BaggagePropagator } from './baggage.ts';
import { compositePropagator } from './composite.ts';
import { TraceContextPropagator } from './trace-context.ts';

/** What is registered beside the provider. */
export interface RegisterOptions {
  /** What holds the active context. Default: what the runtime can do. */
  readonly contextManager?: ContextManager;
  /** How context travels between processes. Default W3C Trace Context and W3C Baggage. */
  readonly propagator?: TextMapPropagator;
}

/** Registers with the OpenTelemetry API what is not registered yet; the result takes back what it registered. */
export function registerGlobally(
  provider: TracerProvider,
  contextManager: ContextManager,
  propagator: TextMapPropagator = compositePropagator([new TraceContextPropagator(), new BaggagePropagator()]),
): () => void {
  const registered = [
    { api: trace, isSet: trace.setGlobalTracerProvider(provider) },
    { api: context, isSet: context.setGlobalContextManager(contextManager.enable()) },
    { api: propagation, isSet: propagation.setGlobalPropagator(propagator) },
  ];
  return () => {
    for (const { api, isSet } of registered) if (isSet) api.disable();
  };
}
