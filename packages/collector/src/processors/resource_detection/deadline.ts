import type { Clock } from '@otelier/transport';

/**
 * Runs a function with a signal that aborts after `millis` (0 for no limit) or together with `parent`. It then rejects
 * even if the function ignores the signal, as DNS lookups do.
 */
export async function withDeadline<T>(
  millis: number,
  parent: AbortSignal,
  clock: Clock,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const cancel = millis > 0 ? clock.setTimeout(() => own.abort(timeoutError(millis)), millis) : () => {};
  const abortOwn = (): void => own.abort(parent.reason);
  if (parent.aborted) abortOwn();
  parent.addEventListener('abort', abortOwn, { once: true });
  try {
    return await Promise.race([run(own.signal), afterAbort(own.signal)]);
  } finally {
    cancel();
    parent.removeEventListener('abort', abortOwn);
  }
}

/** Rejects a few event loop turns after the abort, so that a function that observes the signal rejects first. */
async function afterAbort(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (let turns = 0; turns < TURNS; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
  throw signal.reason;
}

const TURNS = 10;

function timeoutError(millis: number): Error {
  return new Error(`expected a result within ${millis} ms, got none`);
}
