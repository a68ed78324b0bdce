import type { Clock } from '../clock.ts';

/** Conditions that end a request before its response arrives. */
export interface Limits {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/** What canceled a request: its timeout or that of its caller, or another reason of its caller. */
export type CancelCause = 'timeout' | 'abort';

/**
 * Runs `begin`, which calls `settle` when the exchange has ended and returns a function that cancels the exchange with
 * a reason. Resolves with the result of whichever comes first: `settle`, the timeout or the abort signal. Later calls
 * have no effect.
 */
export function settleOnce<T>(
  { timeoutMillis, signal, clock }: Limits,
  begin: (settle: (result: T) => void) => (reason: string, cause: CancelCause) => T,
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
    const abort = () => {
      const timeout = timedOut(signal);
      settle(timeout === undefined ? cancel('the request was aborted', 'abort') : cancel(timeout, 'timeout'));
    };
    const cancelTimer = clock.setTimeout(
      () => settle(cancel(`no response within ${timeoutMillis} ms`, 'timeout')),
      timeoutMillis,
    );
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
