import { SIGNAL_NAMES } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import { type ClientPort, type OutcomeMessage, onMessage, type RequestMessage } from './client-port.ts';

/**
 * Lets the client send for another thread, which has a `remoteClient` at the other end of the port. Requests come encoded and without
 * being copied; they wait here for room in the client's queue, at most as many as the other thread may have on their way (`queue.maxConcurrentRequests`).
 * The port ends it when it is closed, as it is when the thread ends; after the client's shutdown, requests are refused.
 */
export function serveClient(client: Pick<Client, 'deliver'>, port: ClientPort): void {
  onMessage<RequestMessage>(port, 'otelier.request', async ({ id, signal, itemCount, bytes }) => {
    // What is no request has been written by somebody else, who shall not end this thread.
    const isRequest = SIGNAL_NAMES.includes(signal) && itemCount >= 0 && bytes instanceof Uint8Array;
    const outcome = isRequest
      ? await client.deliver({ signal, itemCount, parts: [bytes], sizeBytes: bytes.length })
      : ({ kind: 'refused', reason: 'a message that is no request' } as const);
    const response: OutcomeMessage = { kind: 'otelier.outcome', id, outcome };
    port.postMessage(response, []);
  });
}
