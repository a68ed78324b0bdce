import type { Outcome, Signal } from '@otelier/otlp';

/** Returns the outcome of a request that may or may not have arrived: a broken connection, a timeout, an abort. */
export function connectionOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { kind: 'retry', afterMillis: undefined, reason };
}

/** Returns the outcome of a request for which no connection could be opened. */
export function unreachableOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { ...connectionOutcome(reason), unreachable: true };
}

/**
 * Returns the outcome of a request whose body cannot be encoded or compressed: `refused`, because the next attempt would
 * fail the same way, or `retry` when memory ran out.
 */
export function encodingOutcome(signal: Signal, error: unknown): Extract<Outcome, { kind: 'retry' | 'refused' }> {
  const reason = `cannot encode ${signal}: ${error instanceof Error ? error.message : error}`;
  return isOutOfMemory(error) ? connectionOutcome(reason) : { kind: 'refused', reason };
}

/** Whether memory ran out, according to the system, zlib or the engine. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return code === 'ENOMEM' || code === 'Z_MEM_ERROR' || /allocation failed/i.test(error.message);
}
