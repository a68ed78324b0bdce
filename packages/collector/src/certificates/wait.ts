import type { Clock } from '@otelier/transport/clock';

/** Resolves after a time. Rejects with the reason of `signal` when it aborts. */
export function wait(clock: Clock, millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, millis);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
