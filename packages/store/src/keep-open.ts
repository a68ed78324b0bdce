import type { Store, StoreEvent } from './contract.ts';

/** How long writing a removed store's rows to files of the new one may take, in milliseconds. */
const FLUSH_MILLIS = 5_000;
const RETRY_MILLIS = 5_000;

/**
 * Opens a store that reopens itself when its directory is removed or replaced. `open` receives the callback that
 * signals it. Rows in memory are written to files of the new store. Until a new store can be opened, the old one
 * rejects appends as retryable.
 */
export async function keepOpen(
  open: (onRemoved: () => void) => Promise<Store>,
  onEvent: ((event: StoreEvent) => void) | undefined,
): Promise<Store> {
  const closed = new AbortController();
  let reopening: Promise<void> | undefined;
  const onRemoved = (): void => {
    reopening = reopen().finally(() => {
      reopening = undefined;
    });
  };
  const reopen = async (): Promise<void> => {
    const old = current;
    await Promise.race([old.flush().catch(() => undefined), pause(FLUSH_MILLIS, closed.signal)]);
    await old.close();
    while (!closed.signal.aborted) {
      try {
        current = await open(onRemoved);
        onEvent?.({ kind: 'resumed' });
        return;
      } catch {
        // Already reported: the store stays unavailable until its directory can be created again.
        await pause(RETRY_MILLIS, closed.signal);
      }
    }
  };
  let current = await open(onRemoved);
  const close = async (): Promise<void> => {
    closed.abort();
    await reopening;
    await current.close();
  };
  return new Proxy(current, { get: (_, name) => (name === 'close' ? close : Reflect.get(current, name)) });
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    timer.unref();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
