import type { Clock } from '@otelier/transport';

/** Resolves after a time, or when the signal aborts. */
export function pause(clock: Clock, millis: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.setTimeout(done, millis);
    signal.addEventListener('abort', done, { once: true });
  });
}
