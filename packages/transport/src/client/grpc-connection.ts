import http2 from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Destination } from './destination.ts';

/** How a client probes its connection; names and defaults are the Collector's (grpc-go's). */
export interface ClientKeepalive {
  /** The connection is probed this often. */
  readonly timeMillis: number;
  /** A connection that does not answer a probe within this is cut. Default 20,000. */
  readonly timeoutMillis?: number;
  /** Probe also while no call is on its way. Default `false`. */
  readonly permitWithoutStream?: boolean;
}

/** One HTTP/2 connection, from the attempt to open it to its end. */
export class Connection {
  /** Why the connection failed, in words. */
  failure: string | undefined;
  /** How many responses have begun on this connection. */
  heardCount = 0;
  readonly #session: http2.ClientHttp2Session;
  #retired = false;
  #open = 0;

  constructor(destination: Destination, keepalive: ClientKeepalive | undefined, clock: Clock) {
    const scheme = destination.secure ? 'https' : 'http';
    const session = http2.connect(`${scheme}://${destination.authority}`, {
      createConnection: () => destination.connect(['h2']),
      settings: { enablePush: false },
      maxSessionMemory: 64,
    });
    this.#session = session;
    session.on('error', (error) => {
      this.failure ??= error.message;
      this.#retired = true;
    });
    session.on('goaway', () => {
      this.#retired = true;
    });
    session.on('close', () => {
      this.#retired = true;
    });
    session.on('connect', (_, socket) => {
      if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
        this.failure = 'the server does not offer HTTP/2 over TLS (ALPN h2), which gRPC needs';
        session.destroy();
      }
    });
    if (keepalive !== undefined) this.#probe(keepalive, clock);
  }

  /** Whether new calls may go here. */
  get usable(): boolean {
    return !this.#retired && !this.#session.closed && !this.#session.destroyed;
  }

  request(headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    const stream = this.#session.request(headers, { endStream: false });
    this.#open++;
    stream.on('close', () => this.#open--);
    return stream;
  }

  heard(): void {
    this.heardCount++;
  }

  /** Takes no new calls; closes once those on their way have ended. */
  retire(): void {
    this.#retired = true;
    this.#session.close();
  }

  close(): Promise<void> {
    if (this.#session.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#session.once('close', () => resolve());
      if (this.#session.connecting) this.#session.destroy();
      else this.#session.close();
    });
  }

  #probe(keepalive: ClientKeepalive, clock: Clock): void {
    const session = this.#session;
    let cancel = () => {};
    session.once('close', () => cancel());
    const wait = () => {
      cancel = clock.setTimeout(probe, keepalive.timeMillis);
    };
    const probe = () => {
      if (this.#open === 0 && keepalive.permitWithoutStream !== true) return wait();
      cancel = clock.setTimeout(() => {
        this.failure = 'the server did not answer a ping';
        session.destroy();
      }, keepalive.timeoutMillis ?? 20_000);
      session.ping(() => {
        cancel();
        if (!session.destroyed) wait();
      });
    };
    wait();
  }
}
