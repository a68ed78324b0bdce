import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { expected } from '../../../client/expected.ts';
import { has, type NamesOf } from '../../../client/known-options.ts';

/** Options of the instrumentations of databases. */
export interface DatabaseOptions {
  /** Default: the provider that is registered with the OpenTelemetry API. The same applies to `meterProvider`. */
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
  /**
   * Records statements with their literals, which may be personal data or secrets. Values of parameters are never
   * recorded. Default `false`.
   */
  readonly literals?: boolean;
  /** Records statements only inside another span. Default `false`. */
  readonly requiresParent?: boolean;
  /**
   * How often the same statement may run inside one span before the span has an event `db.client.repeated_query` with the
   * statement, the number of times and their duration. Default 10; 0 switches it off.
   */
  readonly repeatedQueries?: number;
}

const FLAG = expected('true or false', (value) => typeof value === 'boolean');
const COUNT = expected('a whole number', (value) => Number.isInteger(value) && (value as number) >= 0);

/** The checks of `DatabaseOptions`. */
export const DATABASE_OPTIONS = {
  tracerProvider: expected('a tracer provider', (value) => has(value, 'getTracer')),
  meterProvider: expected('a meter provider', (value) => has(value, 'getMeter')),
  literals: FLAG,
  requiresParent: FLAG,
  repeatedQueries: COUNT,
} satisfies NamesOf<DatabaseOptions>;
