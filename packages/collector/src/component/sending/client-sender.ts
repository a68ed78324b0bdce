import type { ExportClient } from '@otelier/transport';
import type { Sender } from '../contract.ts';
import type { Authorize } from '../fields/client-auth.ts';

/** Maximum Node.js timer delay: 24 days. */
const MAX_TIMEOUT_MILLIS = 2 ** 31 - 1;

/** The connection of a started sender to its destination. */
interface Connected {
  readonly client: ExportClient;
  readonly authorize: Authorize | undefined;
}

/**
 * Creates a sender from a transport client. The client is created at start, because it reads certificates, and so is the
 * function that adds credentials, because extensions start first. Invalid options make the start fail.
 */
export function createClientSender(
  createClient: () => ExportClient,
  createAuthorize: () => Authorize | undefined = () => undefined,
): Sender {
  let connected: Connected | undefined;
  return {
    async start() {
      connected = { authorize: createAuthorize(), client: createClient() };
    },
    async send({ signal, parts, context }, abort, onUnused) {
      if (connected === undefined) {
        return { kind: 'retry', afterMillis: undefined, reason: 'the exporter has not started yet' };
      }
      const { client, authorize } = connected;
      const propagated = context.trace?.headers;
      if (authorize === undefined)
        return client.export(
          signal,
          parts,
          propagated === undefined ? { signal: abort, onUnused } : { signal: abort, headers: propagated, onUnused },
        );
      const authorized = await authorize(context, abort);
      if (authorized.kind === 'retry') return { ...authorized, afterMillis: undefined };
      if (authorized.kind === 'refused') return authorized;
      const headers = propagated === undefined ? authorized.headers : { ...propagated, ...authorized.headers };
      return client.export(signal, parts, { signal: abort, headers, onUnused });
    },
    async shutdown() {
      await connected?.client.shutdown();
    },
  };
}

/** Converts `timeout` to a client timeout. 0 means no limit. */
export function clientTimeout(timeoutMillis: number): number {
  return timeoutMillis === 0 ? MAX_TIMEOUT_MILLIS : Math.min(timeoutMillis, MAX_TIMEOUT_MILLIS);
}
