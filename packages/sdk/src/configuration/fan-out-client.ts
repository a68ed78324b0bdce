import { countItems } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';
import { Client } from '../client/client.ts';
import type { ClientOptions } from '../client/options.ts';
import type { Platform } from '../client/platform.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { worst } from '../metrics/meter-provider.ts';
import { joined } from '../wire/join.ts';

/**
 * Encodes telemetry once and hands its requests to several clients, each with a queue, retries and losses of its own: one that
 * cannot send takes nothing from the others. It ends with the last of its providers, and they with the last of theirs.
 */
export class FanOutClient extends Client {
  readonly #clients: readonly Client[];
  readonly #leave: readonly ((timeoutMillis?: number) => Promise<FlushResult>)[];

  constructor(clients: readonly Client[], options: Pick<ClientOptions, 'batch' | 'resource'>, platform: Platform) {
    super({ ...options, transport: handOver(clients), flushOnExit: false }, platform);
    this.#clients = clients;
    // They send at the end of the process, which keeps alive none that cannot.
    const atExit = async () => void (await super.flush());
    this.#leave = clients.map((client) => client.join(atExit));
  }

  override async flush(timeoutMillis?: number): Promise<FlushResult> {
    const handedOver = await super.flush(timeoutMillis);
    return worst([handedOver, ...(await Promise.all(this.#clients.map((client) => client.flush(timeoutMillis))))]);
  }

  override async shutdown(timeoutMillis?: number): Promise<FlushResult> {
    const handedOver = await super.shutdown(timeoutMillis);
    return worst([handedOver, ...(await Promise.all(this.#leave.map((leave) => leave(timeoutMillis))))]);
  }
}

/** What a client has no room for, it counts as lost itself. */
function handOver(clients: readonly Client[]): ExportClient {
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
