import type { Clock } from '../clock.ts';

/** Conditions that end a request before its response arrives. */
export interface Limits {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/**
 * Runs `begin`, which calls `settle` when the exchange has ended and returns a function that cancels the exchange with
 * a reason. Resolves with the result of whichever comes first: `settle`, the timeout or the abort signal. Later calls
 * have no effect.
 */
export function settleOnce<T>(
  { timeoutMillis, signal, clock }: Limits,
  begin: (settle: (result: T) => void) => (reason: string) => T,
): Promise<T> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (result: T) => {
      if (settled) return;
      settled = true;
      cancelTimer();
      signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    const abort = () => settle(cancel(timedOut(signal) ?? 'the request was aborted'));
    const cancelTimer = clock.setTimeout(() => settle(cancel(`no response within ${timeoutMillis} ms`)), timeoutMillis);
    signal?.addEventListener('abort', abort, { once: true });
    const cancel = begin(settle);
  });
}

/**
 * Returns the timeout message if the signal was aborted by a timeout of the caller, as with `AbortSignal.timeout`, or
 * `undefined` otherwise.
 */
export function timedOut(signal: AbortSignal | undefined): string | undefined {
  const reason: unknown = signal?.aborted ? signal.reason : undefined;
  return reason instanceof Error && reason.name === 'TimeoutError' ? reason.message : undefined;
}
