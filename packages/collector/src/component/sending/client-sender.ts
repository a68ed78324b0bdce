import type { ExportClient } from '@otelier/transport';
import type { Sender } from '../contract.ts';

/** Maximum Node.js timer delay: 24 days. */
const MAX_TIMEOUT_MILLIS = 2 ** 31 - 1;

/**
 * Creates a sender from a transport client. The client is created at start, because it reads certificates; invalid
 * options make the start fail.
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

/** Converts `timeout` to a client timeout. 0 means no limit. */
export function clientTimeout(timeoutMillis: number): number {
  return timeoutMillis === 0 ? MAX_TIMEOUT_MILLIS : Math.min(timeoutMillis, MAX_TIMEOUT_MILLIS);
}
