import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { expected } from '../../../client/expected.ts';
import { has, type NamesOf } from '../../../client/known-options.ts';

/** Options of the instrumentations of messaging clients. */
export interface MessagingOptions {
  /** Default: the provider that is registered with the OpenTelemetry API. The same applies to `meterProvider`. */
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
}

/** The checks of `MessagingOptions`. */
export const MESSAGING_OPTIONS = {
  tracerProvider: expected('a tracer provider', (value) => has(value, 'getTracer')),
  meterProvider: expected('a meter provider', (value) => has(value, 'getMeter')),
} satisfies NamesOf<MessagingOptions>;
