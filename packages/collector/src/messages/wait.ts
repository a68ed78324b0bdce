import type { Clock } from '@otelier/transport';

interface Environment {
  readonly clock: Clock;
}

/** Waits for a promise for at most `millis`. */
export async function atMost({ clock }: Environment, millis: number, promise: Promise<unknown>): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const cancel = clock.setTimeout(timeout.resolve, millis);
  try {
    await Promise.race([promise, timeout.promise]);
  } finally {
    cancel();
  }
}

/** Waits for `millis`, or until `abort`. */
export function pause({ clock }: Environment, millis: number, abort?: AbortSignal): Promise<void> {
  if (abort?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      abort?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimeout(end, millis);
    abort?.addEventListener('abort', end, { once: true });
  });
}
