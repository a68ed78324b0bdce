import type { Outcome } from '@otelier/otlp';
import { errorMessage } from '../error-message.ts';

/** Returns the outcome of a request without a response: why it was aborted, or the error of the connection. */
export function unreachableOutcome(error: unknown, abort: AbortSignal): Extract<Outcome, { kind: 'retry' }> {
  const reason = errorMessage(abort.aborted ? abort.reason : error);
  return { kind: 'retry', afterMillis: undefined, reason, unreachable: true };
}
