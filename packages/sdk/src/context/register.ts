import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ApiCopy } from '../api-copies/installed-copies.ts';
import { registrationErrors } from '../api-copies/registration-errors.ts';
import { BaggagePropagator } from './baggage.ts';
import { compositePropagator } from './composite.ts';
import { TraceContextPropagator } from './trace-context.ts';

/** Options for `register`. */
export interface RegisterOptions {
  /** Manages the active context. Default: the best implementation for the runtime. */
  readonly contextManager?: ContextManager;
  /** Propagates context between processes. Default: W3C Trace Context and W3C Baggage. */
  readonly propagator?: TextMapPropagator;
  /** Receives registration warnings. Defaults to `console.warn`. */
  readonly log?: (line: string) => void;
}

/** The result of `register`. Call it to undo the registration. */
export interface Registration {
  (): void;
  /** Why spans will be lost: incompatible copies of the API, or another registered provider. Empty on success. */
  readonly warnings: readonly string[];
}

/** Registers the components that are not registered with the OpenTelemetry API yet. Call the result to undo it. */
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
  const warnings = registrationErrors(isProviderSet, propagator, copies());
  for (const warning of warnings) (log ?? console.warn)(warning);
  const unregister = () => {
    for (const { api, isSet } of registered) if (isSet) api.disable();
  };
  return Object.assign(unregister, { warnings });
}
