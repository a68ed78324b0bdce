import type { Outcome, Signal } from '@otelier/otlp';

/**
 * Returns the outcome for a request that may or may not have reached the server: broken connection, timeout or abort.
 */
export function connectionOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { kind: 'retry', afterMillis: undefined, reason };
}

/** Returns the outcome for a request when no connection could be opened. */
export function unreachableOutcome(reason: string): Extract<Outcome, { kind: 'retry' }> {
  return { ...connectionOutcome(reason), unreachable: true };
}

/**
 * Returns the outcome for a request whose body cannot be encoded or compressed: `retry` if memory ran out, otherwise
 * `refused`, because another attempt would fail the same way.
 */
export function encodingOutcome(signal: Signal, error: unknown): Extract<Outcome, { kind: 'retry' | 'refused' }> {
  const reason = `cannot encode ${signal}: ${error instanceof Error ? error.message : error}`;
  return isOutOfMemory(error) ? connectionOutcome(reason) : { kind: 'refused', reason };
}

/** Reports whether an error from the operating system, zlib or V8 means that memory ran out. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return code === 'ENOMEM' || code === 'Z_MEM_ERROR' || /allocation failed/i.test(error.message);
}
