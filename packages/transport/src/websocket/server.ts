import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { WebSocketServer } from 'ws';
import type { Authenticator } from '../auth.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import { AcceptedSockets } from '../server/drain.ts';
import { createOriginCheck } from '../server/http/cors.ts';
import { IncomingRequests } from '../server/incoming-requests.ts';
import { type Listener, listen } from '../server/listen.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTls, type ServerTlsOptions } from '../tls.ts';
import { Connection, type ConnectionContext } from './connection.ts';
import { MAX_ENVELOPE_BYTES, WEBSOCKET_PATH, WEBSOCKET_SUBPROTOCOL } from './envelope.ts';
import { ServerSessions } from './server-sessions.ts';
import type { OpenSubscription } from './server-subscriptions.ts';
import { checkUpgrade, refuseUpgrade, type UpgradeRules } from './upgrade.ts';

/** How a WebSocket server is set up. Only the endpoint is needed. */
export interface WebSocketServerOptions {
  /** Where to listen (`127.0.0.1:4320`, `[::1]:0`, `unix:/path`), or a socket that is lent and stays its owner's. */
  readonly endpoint: string | Listener;
  /** Default `/v1/otlp`. */
  readonly path?: string;
  /** Signals that are taken; default all. */
  readonly signals?: readonly Signal[];
  /** Largest body as it is on the wire. Default 20 MiB, as for OTLP/HTTP. */
  readonly maxBodyBytes?: number;
  /** Largest body after decompression. Default `maxBodyBytes`. */
  readonly maxDecompressedBytes?: number;
  /** Bytes of one client's requests that are handled at once; beyond, nothing more is read from it. Default 32 MiB. */
  readonly maxInFlightBytes?: number;
  /** Requests that a client may send without an acknowledgement, and so many are remembered for it. Default 64. */
  readonly window?: number;
  /** Sessions that are remembered after their connection has ended. Default 10,000. */
  readonly maxRestingSessions?: number;
  /** How long they are. Default 300,000. */
  readonly sessionRestMillis?: number;
  /** For the head of an upgrade, for `hello`, and for every large message to arrive. Default 60,000. */
  readonly requestTimeoutMillis?: number;
  /** How often a client is probed; one that does not answer until the next probe is cut. 0 for never. Default 10,000. */
  readonly heartbeatMillis?: number;
  /** How long a connection may live without a request or a subscription. Default 0, which is any length. */
  readonly idleTimeoutMillis?: number;
  /** Origins of pages that may connect, such as `https://*.shop.example`. Default none. */
  readonly allowedOrigins?: readonly string[];
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Opens subscriptions to what passes; without it there are none. */
  readonly openSubscription?: OpenSubscription;
  /** Told of a handler that rejects, which is a bug; the client's request is refused. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** What a client that does not answer a close frame is given. */
const CLOSE_TIMEOUT_MILLIS = 1000;

/** Starts a server of OTLP over WebSocket. Throws `ListenError`, `EndpointError` or `FileError` when it cannot. */
export async function createWebSocketServer(
  options: WebSocketServerOptions,
  handler: ExportHandler,
): Promise<ExportServer> {
  const { clock = systemClock, endpoint } = options;
  const tls = options.tls === undefined ? undefined : createServerTls(options.tls, clock);
  const server = tls === undefined ? http.createServer(serverOptions(options)) : secureServer(options, tls);
  const rules: UpgradeRules = {
    path: options.path ?? WEBSOCKET_PATH,
    auth: options.auth,
    isAllowedOrigin: createOriginCheck(options.allowedOrigins ?? []),
  };
  server.on('request', (request, response) => {
    request.resume();
    response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade, close', 'content-type': 'text/plain' });
    response.end(`This is an OpenTelemetry receiver: connect to ${rules.path} by WebSocket.\n`);
  });
  const context = contextOf(options, handler, clock);
  // The socket is opened last, so that nothing is left open when the options are wrong.
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  // Starts the watch over slow clients; `listen` would, but the socket that listens is not this server's.
  server.emit('listening');
  const sockets = new AcceptedSockets(listener, listener === endpoint, (socket) => server.emit('connection', socket));
  return new RunningWebSocketServer(server, sockets, rules, context);
}

class RunningWebSocketServer implements ExportServer {
  readonly address: string;
  readonly #server: http.Server;
  readonly #sockets: AcceptedSockets;
  readonly #rules: UpgradeRules;
  readonly #context: ConnectionContext;
  readonly #upgrader: WebSocketServer;
  readonly #connections = new Set<Connection>();
  #shutdown: Promise<void> | undefined;

  constructor(server: http.Server, sockets: AcceptedSockets, rules: UpgradeRules, context: ConnectionContext) {
    this.address = sockets.address;
    this.#server = server;
    this.#sockets = sockets;
    this.#rules = rules;
    this.#context = context;
    const options = {
      noServer: true,
      clientTracking: false,
      // Bodies are compressed already, as OTLP has it.
      perMessageDeflate: false,
      maxPayload: context.maxBodyBytes + MAX_ENVELOPE_BYTES,
      closeTimeout: CLOSE_TIMEOUT_MILLIS,
      handleProtocols: () => WEBSOCKET_SUBPROTOCOL,
    };
    this.#upgrader = new WebSocketServer(options);
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get connectionCount(): number {
    return this.#sockets.count;
  }

  moveConnection(): boolean {
    const busy = [...this.#connections].find((connection) => connection.takeBusy());
    busy?.drain();
    return busy !== undefined;
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): undefined {
    socket.on('error', () => {});
    if (this.#shutdown !== undefined) return refuseUpgrade(socket, 503, 'the server is shutting down');
    const upgrade = checkUpgrade(request, this.#rules);
    if (upgrade.kind === 'refused') return refuseUpgrade(socket, upgrade.status, upgrade.reason, upgrade.headers);
    this.#upgrader.handleUpgrade(request, socket, head, (ws) => {
      const connection = new Connection(ws, socket, upgrade.peer, this.#context);
      this.#connections.add(connection);
      void connection.ended.then(() => this.#connections.delete(connection));
    });
  }

  async #drain(graceMillis: number): Promise<void> {
    await this.#sockets.stopAccepting();
    this.#server.closeIdleConnections();
    for (const connection of this.#connections) connection.drain();
    await this.#ended(graceMillis);
    await this.#sockets.close();
    this.#context.sessions.end();
    // Ends the watch over slow clients; the server never listened itself, which the callback would complain of.
    this.#server.close(() => {});
  }

  /** Resolves once every connection has ended, or after `graceMillis`. */
  #ended(graceMillis: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = systemClock.setTimeout(resolve, graceMillis);
      void Promise.all([...this.#connections].map(({ ended }) => ended)).then(() => {
        cancel();
        resolve();
      });
    });
  }
}

function contextOf(options: WebSocketServerOptions, handler: ExportHandler, clock: Clock): ConnectionContext {
  const maxBodyBytes = options.maxBodyBytes ?? 20 * MIB;
  const window = options.window ?? 64;
  return {
    handler,
    admit: (sizeBytes) => handler.admit(sizeBytes),
    incoming: handler.incoming ?? new IncomingRequests(undefined, clock),
    sessions: new ServerSessions({
      window,
      maxResting: options.maxRestingSessions ?? 10_000,
      restMillis: options.sessionRestMillis ?? 300_000,
      clock,
    }),
    signals: options.signals ?? SIGNAL_NAMES,
    maxBodyBytes,
    maxDecompressedBytes: options.maxDecompressedBytes ?? maxBodyBytes,
    maxInFlightBytes: options.maxInFlightBytes ?? 32 * MIB,
    window,
    timeoutMillis: options.requestTimeoutMillis ?? 60_000,
    heartbeatMillis: options.heartbeatMillis ?? 10_000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 0,
    openSubscription: options.openSubscription,
    onInternalError: options.onInternalError ?? (() => {}),
    clock,
  };
}

function secureServer(options: WebSocketServerOptions, tls: ServerTls): https.Server {
  const server = https.createServer({
    ...serverOptions(options),
    ...tls.options,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS,
  });
  return server.prependListener('connection', () => tls.refresh(server));
}

function serverOptions({ requestTimeoutMillis = 60_000 }: WebSocketServerOptions): http.ServerOptions {
  const headersTimeout = Math.min(20_000, requestTimeoutMillis);
  return {
    headersTimeout,
    requestTimeout: requestTimeoutMillis,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, headersTimeout / 4)),
  };
}
