import type { Outcome } from '@otelier/otlp';

/** Returns the outcome of a request that may or may not have arrived: a broken connection, a timeout, an abort. */
export function connectionOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { kind: 'retry', afterMillis: undefined, reason };
}

/** Returns the outcome of a request for which no connection could be opened. */
export function unreachableOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { ...connectionOutcome(reason), unreachable: true };
}
