import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Lifetime } from '../../e2e/gateway.ts';

/** How a receiver is away. */
export type OutageKind = 'refuses connections' | 'responds 503' | 'never responds' | 'closes connections';

/** An alert that arrived. */
export interface DeliveredAlert {
  readonly instance: string;
  readonly status: string;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly isRepeated: boolean;
}

/** A webhook that can be away. */
export interface Receiver {
  readonly url: string;
  /** The alerts of the notifications that were accepted. */
  readonly delivered: readonly DeliveredAlert[];
  goAway(kind: OutageKind): Promise<void>;
  comeBack(): Promise<void>;
}

/** Starts a receiver on a loopback port. */
export async function startReceiver(lifetime: Lifetime): Promise<Receiver> {
  const delivered: DeliveredAlert[] = [];
  let away: OutageKind | undefined;
  let server: Server | undefined;
  let port = 0;
  const listen = async () => {
    server = createServer((request, response) => void respond(request, response));
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const close = async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    server = undefined;
  };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (away === 'responds 503') return response.writeHead(503).end();
    if (away === 'never responds') return undefined;
    if (away === 'closes connections') return request.socket.destroy();
    const { alerts, repeated = false } = JSON.parse(Buffer.concat(chunks).toString());
    for (const { labels, status, startsAt } of alerts) {
      delivered.push({ instance: labels.instance, status, startsAt, isRepeated: repeated });
    }
    return response.end();
  };
  await listen();
  lifetime.after(close);
  return {
    url: `http://127.0.0.1:${port}`,
    delivered,
    async goAway(kind) {
      away = kind;
      if (kind === 'refuses connections') await close();
    },
    async comeBack() {
      const wasClosed = away === 'refuses connections';
      away = undefined;
      if (wasClosed) await listen();
      else server?.closeAllConnections();
    },
  };
}
