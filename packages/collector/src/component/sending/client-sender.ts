import type { ExportClient } from '@otelier/transport';
import type { Sender } from '../contract.ts';

/** Longest time that a timer of Node can wait: 24 days. */
const LONGEST_MILLIS = 2 ** 31 - 1;

/**
 * A sender that hands batches to a transport's client. The client is made at the start, because it reads certificates;
 * what is wrong with its options stops the start and is shown to the user.
 */
export function createClientSender(createClient: () => ExportClient): Sender {
  let client: ExportClient | undefined;
  return {
    async start() {
      client = createClient();
    },
    send: async ({ signal, parts }, abort) =>
      client === undefined
        ? { kind: 'retry', afterMillis: undefined, reason: 'the exporter has not started yet' }
        : client.export(signal, parts, { signal: abort }),
    async shutdown() {
      await client?.shutdown();
    },
  };
}

/** `timeout` as a client understands it, for which 0 is no time at all. */
export function clientTimeout(timeoutMillis: number): number {
  return timeoutMillis === 0 ? LONGEST_MILLIS : Math.min(timeoutMillis, LONGEST_MILLIS);
}
