import http from 'node:http';
import https from 'node:https';
import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { Authenticator } from '../auth.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTls, type ServerTlsOptions } from '../tls.ts';
import { type CorsOptions, createCors } from './cors.ts';
import { AcceptedSockets } from './drain.ts';
import { createExchanges, type Exchanges } from './http-exchange.ts';
import { type Listener, listen } from './listen.ts';

/** How an OTLP/HTTP server is set up. Only the endpoint is needed. */
export interface HttpServerOptions {
  /** Where to listen (`127.0.0.1:4318`, `[::1]:0`, `unix:/path`), or a socket that is lent and stays its owner's. */
  readonly endpoint: string | Listener;
  /** Paths that differ from OTLP's. */
  readonly paths?: Partial<Readonly<Record<Signal, string>>>;
  /** Signals that are taken; default all. */
  readonly signals?: readonly Signal[];
  /** Largest body as it is on the wire. Default 20 MiB, as the Collector's. */
  readonly maxBodyBytes?: number;
  /** Largest body after decompression. Default `maxBodyBytes`. */
  readonly maxDecompressedBytes?: number;
  /** Largest header block. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** For the headers of a request to arrive. Default 20,000. */
  readonly headersTimeoutMillis?: number;
  /** For a whole request to arrive. Default 60,000. */
  readonly requestTimeoutMillis?: number;
  /** How long a connection may wait for its next request. Default 60,000. */
  readonly idleTimeoutMillis?: number;
  /** Whether connections serve more than one request. Default `true`. */
  readonly keepAlive?: boolean;
  readonly cors?: CorsOptions;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Told of a handler that rejects, which is a bug; the client gets 500. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** Starts an OTLP/HTTP server. Throws `ListenError`, `EndpointError` or `FileError` when it cannot. */
export async function createHttpServer(options: HttpServerOptions, handler: ExportHandler): Promise<ExportServer> {
  const tls = options.tls === undefined ? undefined : createServerTls(options.tls, options.clock ?? systemClock);
  const maxBodyBytes = options.maxBodyBytes ?? 20 * MIB;
  const exchanges = createExchanges(
    {
      routes: routesOf(options),
      maxBodyBytes,
      maxDecompressedBytes: options.maxDecompressedBytes ?? maxBodyBytes,
      keepAlive: options.keepAlive ?? true,
      cors: options.cors === undefined ? undefined : createCors(options.cors),
      auth: options.auth,
      onInternalError: options.onInternalError ?? (() => {}),
    },
    handler,
  );
  // The socket is opened last, so that nothing is left open when the options are wrong.
  const server = tls === undefined ? http.createServer(serverOptions(options)) : secureServer(options, tls);
  server.on('request', exchanges.serve).on('checkContinue', exchanges.serveExpectant);
  const { endpoint } = options;
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  // Starts the watch over slow clients; `listen` would, but the socket that listens is not this server's.
  server.emit('listening');
  const sockets = new AcceptedSockets(listener, listener === endpoint, (socket) => server.emit('connection', socket));
  return new RunningHttpServer(server, sockets, exchanges);
}

class RunningHttpServer implements ExportServer {
  readonly address: string;
  readonly #server: http.Server;
  readonly #sockets: AcceptedSockets;
  readonly #exchanges: Exchanges;
  #shutdown: Promise<void> | undefined;

  constructor(server: http.Server, sockets: AcceptedSockets, exchanges: Exchanges) {
    this.address = sockets.address;
    this.#server = server;
    this.#sockets = sockets;
    this.#exchanges = exchanges;
  }

  get connectionCount(): number {
    return this.#sockets.count;
  }

  moveConnection(): boolean {
    return this.#exchanges.endOneConnection();
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  async #drain(graceMillis: number): Promise<void> {
    await this.#sockets.stopAccepting();
    this.#server.closeIdleConnections();
    await this.#exchanges.drained(graceMillis);
    await this.#sockets.close();
    // Ends the watch over slow clients; the server never listened itself, which the callback would complain of.
    this.#server.close(() => {});
  }
}

function secureServer(options: HttpServerOptions, tls: ServerTls): https.Server {
  const server = https.createServer({
    ...serverOptions(options),
    ...tls.options,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS,
  });
  return server.prependListener('connection', () => tls.refresh(server));
}

function serverOptions(options: HttpServerOptions): http.ServerOptions {
  const requestTimeout = options.requestTimeoutMillis ?? 60_000;
  const headersTimeout = Math.min(options.headersTimeoutMillis ?? 20_000, requestTimeout);
  return {
    maxHeaderSize: options.maxHeaderBytes ?? 16 * 1024,
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: options.idleTimeoutMillis ?? 60_000,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, headersTimeout / 4)),
  };
}

function routesOf(options: HttpServerOptions): ReadonlyMap<string, Signal> {
  const signals = options.signals ?? SIGNAL_NAMES;
  return new Map(signals.map((signal) => [options.paths?.[signal] ?? SIGNALS[signal].httpPath, signal]));
}
