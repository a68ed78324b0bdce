import http from 'node:http';
import https from 'node:https';
import { systemClock } from '../../clock.ts';
import type { ExportHandler, ExportServer } from '../../contract.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTls } from '../../tls.ts';
import { AcceptedSockets } from '../drain.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import { listen } from '../listen.ts';
import { createExchanges, type Exchanges } from './node-http-exchange.testing.ts';
import { type HttpServerOptions, headAndTimeLimits, requestHandlerOptions } from './options.ts';
import { HttpRequestHandler } from './request-handler.ts';

/**
 * Creates an OTLP/HTTP server on `node:http`, for comparison with `createHttpServer`: slower, but with an independent
 * parser.
 */
export async function createNodeHttpServer(options: HttpServerOptions, handler: ExportHandler): Promise<ExportServer> {
  const tls = options.tls === undefined ? undefined : createServerTls(options.tls, options.clock ?? systemClock);
  const requestHandler = requestHandlerOptions(options);
  const exchanges = createExchanges(
    {
      ...requestHandler,
      incoming: handler.incoming ?? new IncomingRequests(undefined, options.clock),
      requestHandler: new HttpRequestHandler(requestHandler),
      keepAlive: options.keepAlive ?? true,
      onInternalError: options.onInternalError ?? (() => {}),
    },
    handler,
  );
  // The socket is opened last so that invalid options leave nothing open.
  const server = tls === undefined ? http.createServer(serverOptions(options)) : secureServer(options, tls);
  server.on('request', exchanges.serve).on('checkContinue', exchanges.serveExpectant);
  const { endpoint } = options;
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  // Starts the timeouts for slow clients. `listen` would do so, but this server does not own the listening socket.
  server.emit('listening');
  const sockets = new AcceptedSockets(listener, listener === endpoint, (socket) => server.emit('connection', socket));
  return new NodeHttpServer(server, sockets, exchanges);
}

class NodeHttpServer implements ExportServer {
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
    // Stops the timeouts for slow clients. The callback receives an error because the server itself never listened.
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
  const limits = headAndTimeLimits(options);
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMillis,
    requestTimeout: limits.requestTimeoutMillis,
    keepAliveTimeout: limits.idleTimeoutMillis,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, limits.headersTimeoutMillis / 4)),
  };
}
