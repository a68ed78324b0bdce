import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A scrape that a target has received. */
export interface Scrape {
  /** The collector, which is the user of the request. */
  readonly collector: string;
  /** Path with its query. */
  readonly path: string;
}

/** Targets that record who scrapes them. */
export interface Targets {
  /** `host:port` of each target. */
  readonly addresses: readonly string[];
  scrapesOf(address: string): readonly Scrape[];
  /** Forgets the scrapes so far. */
  forget(): void;
  close(): Promise<void>;
}

/** Starts targets on free ports. */
export async function startTargets(count: number): Promise<Targets> {
  const scrapes = new Map<string, Scrape[]>();
  const servers: Server[] = [];
  for (let index = 0; index < count; index++) {
    const own: Scrape[] = [];
    const server = createServer((request, response) => {
      const [, token = ''] = (request.headers.authorization ?? '').split(' ');
      const [collector = ''] = Buffer.from(token, 'base64').toString('utf8').split(':');
      own.push({ collector, path: request.url ?? '' });
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end('shop_orders 1\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    scrapes.set(`127.0.0.1:${(server.address() as AddressInfo).port}`, own);
  }
  return {
    addresses: [...scrapes.keys()],
    scrapesOf: (address) => scrapes.get(address) ?? [],
    forget() {
      for (const own of scrapes.values()) own.length = 0;
    },
    async close() {
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        }),
      );
    },
  };
}
