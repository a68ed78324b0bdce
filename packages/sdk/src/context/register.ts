import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ApiCopy } from '../api-copies/installed-copies.ts';
import { registrationProblems } from '../api-copies/registration-errors.ts';
import { BaggagePropagator } from './baggage.ts';
import { compositePropagator } from './composite.ts';
import { TraceContextPropagator } from './trace-context.ts';

/** What is registered beside the provider. */
export interface RegisterOptions {
  /** What holds the active context. Default: what the runtime can do. */
  readonly contextManager?: ContextManager;
  /** How context travels between processes. Default W3C Trace Context and W3C Baggage. */
  readonly propagator?: TextMapPropagator;
  /** Is told, a line each, why spans will be lost. Default `console.warn`. */
  readonly log?: (line: string) => void;
}

/** What `register` has set up. Call it to take that back. */
export interface Registration {
  (): void;
  /** Why spans are lost, a sentence each: two copies of the API that do not fit, or another provider. Empty when all is well. */
  readonly problems: readonly string[];
}

/** Registers with the OpenTelemetry API what is not registered yet; the result takes back what it registered. */
export function registerGlobally(
  provider: TracerProvider,
  contextManager: ContextManager,
  { propagator = compositePropagator([new TraceContextPropagator(), new BaggagePropagator()]), log }: RegisterOptions,
  copies: () => readonly ApiCopy[] = () => [],
): Registration {
  const isProviderSet = trace.setGlobalTracerProvider(provider);
  const registered = [
    { api: trace, isSet: isProviderSet },
    { api: context, isSet: context.setGlobalContextManager(contextManager.enable()) },
    { api: propagation, isSet: propagation.setGlobalPropagator(propagator) },
  ];
  const problems = registrationProblems(isProviderSet, propagator, copies());
  for (const problem of problems) (log ?? console.warn)(problem);
  const unregister = () => {
    for (const { api, isSet } of registered) if (isSet) api.disable();
  };
  return Object.assign(unregister, { problems });
}
