import { countItems } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';
import { Client } from '../client/client.ts';
import type { ClientOptions } from '../client/options.ts';
import type { Platform } from '../client/platform.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { combineResults } from '../metrics/meter-provider.ts';
import { joined } from '../wire/join.ts';

/**
 * Encodes telemetry once and passes the requests to several clients, each with its own queue, retries and losses, so
 * that a failing client does not affect the others. It shuts down together with the last of its providers, and its
 * clients together with the last of theirs.
 */
export class FanOutClient extends Client {
  readonly #clients: readonly Client[];
  readonly #leave: readonly ((timeoutMillis?: number) => Promise<FlushResult>)[];

  constructor(clients: readonly Client[], options: Pick<ClientOptions, 'batch' | 'resource'>, platform: Platform) {
    super({ ...options, transport: forwarding(clients), flushOnExit: false }, platform);
    this.#clients = clients;
    // The clients flush when the process ends, but only if they can send.
    const atExit = async () => void (await super.flush());
    this.#leave = clients.map((client) => client.join(atExit));
  }

  override async flush(timeoutMillis?: number): Promise<FlushResult> {
    const forwarded = await super.flush(timeoutMillis);
    return combineResults([
      forwarded,
      ...(await Promise.all(this.#clients.map((client) => client.flush(timeoutMillis)))),
    ]);
  }

  override async shutdown(timeoutMillis?: number): Promise<FlushResult> {
    const forwarded = await super.shutdown(timeoutMillis);
    return combineResults([forwarded, ...(await Promise.all(this.#leave.map((leave) => leave(timeoutMillis))))]);
  }
}

/** Returns a transport that queues each request on all clients. Each client counts the items that exceed its queue. */
function forwarding(clients: readonly Client[]): ExportClient {
  return {
    async export(signal, parts) {
      const request = joined(parts);
      const itemCount = countItems(signal, request);
      for (const client of clients) {
        client.enqueue({ signal, parts: [request], itemCount, sizeBytes: request.length });
      }
      return { kind: 'accepted' };
    },
    async shutdown() {},
  };
}
