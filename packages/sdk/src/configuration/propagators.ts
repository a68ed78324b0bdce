import type { TextMapPropagator } from '@opentelemetry/api';
import { B3Propagator } from '../context/b3.ts';
import { BaggagePropagator } from '../context/baggage.ts';
import { compositePropagator } from '../context/composite.ts';
import { JaegerPropagator } from '../context/jaeger.ts';
import { TraceContextPropagator } from '../context/trace-context.ts';
import type { Variables } from './variables.ts';

/** Propagators by their name in `OTEL_PROPAGATORS` and configuration files. */
export const PROPAGATORS: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new TraceContextPropagator(),
  baggage: () => new BaggagePropagator(),
  b3: () => new B3Propagator(),
  b3multi: () => new B3Propagator({ multiple: true }),
  jaeger: () => new JaegerPropagator(),
};

/** Returns a propagator that combines the named ones, or `undefined` if there are none. */
export function propagatorOf(names: readonly string[]): TextMapPropagator | undefined {
  const propagators = [...new Set(names)].flatMap((name) => PROPAGATORS[name]?.() ?? []);
  return propagators.length === 0 ? undefined : compositePropagator(propagators);
}

/** Reads `OTEL_PROPAGATORS`. Default: W3C Trace Context and W3C Baggage. */
export function propagatorFrom(variables: Variables): TextMapPropagator | undefined {
  const names = variables.choices('OTEL_PROPAGATORS', [...Object.keys(PROPAGATORS), 'none']) ?? DEFAULT_NAMES;
  return propagatorOf(names.includes('none') ? [] : names);
}

const DEFAULT_NAMES = ['tracecontext', 'baggage'];
