import net from 'node:net';
import type { Random } from './otlp/random.ts';

/** A TCP proxy that breaks connections. */
export interface CuttingProxy {
  /** The proxy's address: `127.0.0.1:41234`. */
  readonly address: string;
  /** Number of open connections. */
  readonly open: number;
  /** Number of connections broken so far. */
  readonly cuts: number;
  /** Breaks one of the open connections, if any. */
  cutOne(): void;
  /** Stops breaking connections automatically. */
  spare(): void;
  close(): Promise<void>;
}

/** Options for `createCuttingProxy`. */
export interface CuttingOptions {
  /** Server address: `127.0.0.1:41235`. */
  readonly target: string;
  readonly random: Random;
  /**
   * Maximum number of bytes, in one direction, after which a connection breaks. If omitted, only `cutOne` breaks
   * connections.
   */
  readonly withinBytes?: number;
}

/**
 * Starts a proxy. Half of the connections that it breaks are reset. A connection can break within a message and lose
 * data in transit.
 */
export async function createCuttingProxy(options: CuttingOptions): Promise<CuttingProxy> {
  const links = new Set<Link>();
  let { withinBytes } = options;
  let cuts = 0;
  const server = net.createServer({ noDelay: true }, (client) => {
    const link = new Link(client, options.target, withinBytes, options.random, () => {
      cuts++;
    });
    links.add(link);
    client.on('close', () => links.delete(link));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    get open() {
      return links.size;
    },
    get cuts() {
      return cuts;
    },
    cutOne() {
      if (links.size > 0) [...links][options.random(links.size)]?.cut();
    },
    spare() {
      withinBytes = undefined;
      for (const link of links) link.spare();
    },
    async close() {
      for (const link of links) link.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A connection through the proxy. */
class Link {
  readonly #client: net.Socket;
  readonly #server: net.Socket;
  readonly #random: Random;
  readonly #onCut: () => void;
  #isCut = false;
  /** Number of bytes left until the connection breaks, in one direction. */
  #leftBytes: number;

  constructor(client: net.Socket, target: string, withinBytes: number | undefined, random: Random, onCut: () => void) {
    const [host = '', port = ''] = target.split(':');
    this.#client = client;
    this.#server = net.connect({ host, port: Number(port), noDelay: true });
    this.#random = random;
    this.#onCut = onCut;
    const cutsResponses = random(2) === 0;
    // Responses are short, so a lower limit makes them break as often as requests.
    const bound = withinBytes === undefined ? undefined : cutsResponses ? Math.ceil(withinBytes / 20) : withinBytes;
    this.#leftBytes = bound === undefined ? Number.POSITIVE_INFINITY : random(bound);
    this.#forward(this.#client, this.#server, !cutsResponses);
    this.#forward(this.#server, this.#client, cutsResponses);
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#onCut();
    if (this.#random(2) === 0) this.end();
    else for (const socket of [this.#client, this.#server]) socket.resetAndDestroy();
  }

  spare(): void {
    this.#leftBytes = Number.POSITIVE_INFINITY;
  }

  end(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #forward(from: net.Socket, to: net.Socket, counts: boolean): void {
    from.on('data', (chunk: Buffer) => {
      if (!counts || chunk.length < this.#leftBytes) {
        if (counts) this.#leftBytes -= chunk.length;
        if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        return;
      }
      to.write(chunk.subarray(0, this.#leftBytes), () => this.cut());
    });
    from.on('error', () => {});
    from.on('end', () => to.end());
    from.on('close', () => to.destroy());
  }
}
