import type { Client } from '../client/client.ts';

interface WatchedClient {
  readonly client: WeakRef<Client>;
  readonly log: (line: string) => void;
  /** Why the latest attempt failed. */
  reason: string;
}

const watchedClients = new Set<WatchedClient>();
/** Removes clients that have been garbage-collected, because programs may create many. */
const registry = new FinalizationRegistry<WatchedClient>((entry) => watchedClients.delete(entry));
let isListening = false;

/**
 * Logs the number of unsent items when the process exits, so that a program whose server is unreachable does not lose
 * them silently.
 */
export function logUnsentItemsOnExit(client: Client, log: (line: string) => void = console.warn): void {
  if (!isListening) process.once('exit', logUnsentItems);
  isListening = true;
  const entry: WatchedClient = { client: new WeakRef(client), log, reason: 'no time left' };
  watchedClients.add(entry);
  registry.register(client, entry);
  client.subscribe((event) => {
    if (event.kind === 'retrying') entry.reason = event.reason;
  });
}

/** Logs the number of unsent items now, for a process that is about to end without an `exit` event. */
export function logUnsentItems(): void {
  for (const { client, log, reason } of watchedClients) {
    const items = Object.values(client.deref()?.health ?? {}).reduce((sum, { queuedItems }) => sum + queuedItems, 0);
    if (items === 0) continue;
    try {
      log(`otelier: process ended with ${items} unsent items: ${reason}`);
    } catch {
      // A log function that throws must not change how the process ends.
    }
  }
  watchedClients.clear();
}
