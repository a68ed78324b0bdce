import type { Clock } from '../clock.ts';

/** What may end a request before its response. */
export interface Limits {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/**
 * Runs `begin`, which calls `settle` when the exchange has ended, and `cut` when time or the signal ends it first, with
 * the cause in words. The promise resolves with the first of them; later calls do nothing.
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
    const abort = () => settle(cut(timedOut(signal) ?? 'the request was aborted'));
    const cancelTimer = clock.setTimeout(
      () => settle(cut(`the server did not answer within ${timeoutMillis} ms`)),
      timeoutMillis,
    );
    signal?.addEventListener('abort', abort, { once: true });
    const cut = begin(settle);
  });
}

/** What the signal says, if the caller's own time limit made it abort (as `AbortSignal.timeout` does). */
export function timedOut(signal: AbortSignal | undefined): string | undefined {
  const reason: unknown = signal?.aborted ? signal.reason : undefined;
  return reason instanceof Error && reason.name === 'TimeoutError' ? reason.message : undefined;
}
