import type { Outcome } from '@otelier/otlp';

/** The request may or may not have arrived: a broken connection, a time-out, an abort. */
export function connectionOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { kind: 'retry', afterMillis: undefined, reason };
}
