import { SIGNAL_NAMES } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import { type ClientPort, type OutcomeMessage, onMessage, type RequestMessage } from './client-port.ts';

/**
 * Sends requests for another thread, which has a `remoteClient` at the other end of the port. Requests arrive encoded
 * and are not copied. They wait for capacity in the client's queue; the other thread limits their number
 * (`queue.maxConcurrentRequests`). Serving ends when the port is closed, which also happens when the thread exits.
 * After the client has been shut down, requests are rejected.
 */
export function serveClient(client: Pick<Client, 'deliver'>, port: ClientPort): void {
  onMessage<RequestMessage>(port, 'otelier.request', async ({ id, signal, itemCount, bytes }) => {
    // Invalid messages come from other code and must not crash this thread.
    const isRequest = SIGNAL_NAMES.includes(signal) && itemCount >= 0 && bytes instanceof Uint8Array;
    const outcome = isRequest
      ? await client.deliver({ signal, itemCount, parts: [bytes], sizeBytes: bytes.length })
      : ({ kind: 'refused', reason: 'invalid message' } as const);
    const response: OutcomeMessage = { kind: 'otelier.outcome', id, outcome };
    port.postMessage(response, []);
  });
}
