import type { IncomingMessage, Server, ServerOptions } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { WebSocketServer } from 'ws';
import type { Authenticator } from '../auth.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import { http } from '../node-http.ts';
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

/** Options for `createWebSocketServer`. Only the endpoint is required. */
export interface WebSocketServerOptions {
  /**
   * Address to listen on (`127.0.0.1:4320`, `[::1]:0`, `unix:/path`), or a shared listener that is closed by its owner.
   */
  readonly endpoint: string | Listener;
  /** Path of the upgrade request. Defaults to `/v1/otlp`. */
  readonly path?: string;
  /** Accepted signals. Defaults to all. */
  readonly signals?: readonly Signal[];
  /** Maximum size of a body as received. Defaults to 20 MiB, as for OTLP/HTTP. */
  readonly maxBodyBytes?: number;
  /** Maximum size of a body after decompression. Defaults to `maxBodyBytes`. */
  readonly maxDecompressedBytes?: number;
  /** Maximum total size of one client's requests in flight, above which reading stops. Defaults to 32 MiB. */
  readonly maxInFlightBytes?: number;
  /** Maximum number of unacknowledged requests per client, and of remembered outcomes. Defaults to 64. */
  readonly window?: number;
  /** Maximum number of sessions retained after their connection has ended. Defaults to 10,000. */
  readonly maxDisconnectedSessions?: number;
  /** How long such sessions are retained. Defaults to 300,000. */
  readonly sessionTimeoutMillis?: number;
  /** Timeout for the upgrade request, for `hello`, and for a large message. Defaults to 60,000. */
  readonly requestTimeoutMillis?: number;
  /**
   * Ping interval. A client that has not sent a pong by the next ping is disconnected. 0 disables pings. Defaults to
   * 10,000.
   */
  readonly heartbeatMillis?: number;
  /**
   * How long a connection may have neither requests nor subscriptions before it is closed. Defaults to 0, which means
   * no limit.
   */
  readonly idleTimeoutMillis?: number;
  /** Origins of pages that may connect, such as `https://*.shop.example`. None by default. */
  readonly allowedOrigins?: readonly string[];
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Opens subscriptions to the telemetry that passes through. By default, subscriptions are rejected. */
  readonly openSubscription?: OpenSubscription;
  /** Called when a handler rejects, which is a bug. The client's request is rejected. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** How long a client has to respond to a close frame. */
const CLOSE_TIMEOUT_MILLIS = 1000;

/** Starts an OTLP server over WebSocket. Throws `ListenError`, `EndpointError` or `FileError` on failure. */
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
  // The socket is opened last so that invalid options leave nothing open.
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  // Starts the timeouts for slow clients. `listen` would do so, but this server does not own the listening socket.
  server.emit('listening');
  const sockets = new AcceptedSockets(listener, listener === endpoint, (socket) => server.emit('connection', socket));
  return new RunningWebSocketServer(server, sockets, rules, context);
}

class RunningWebSocketServer implements ExportServer {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: AcceptedSockets;
  readonly #rules: UpgradeRules;
  readonly #context: ConnectionContext;
  readonly #upgrader: WebSocketServer;
  readonly #connections = new Set<Connection>();
  #shutdown: Promise<void> | undefined;

  constructor(server: Server, sockets: AcceptedSockets, rules: UpgradeRules, context: ConnectionContext) {
    this.address = sockets.address;
    this.#server = server;
    this.#sockets = sockets;
    this.#rules = rules;
    this.#context = context;
    const options = {
      noServer: true,
      clientTracking: false,
      // OTLP bodies are already compressed.
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

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): undefined {
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
    // Stops the timeouts for slow clients. The callback receives an error because the server itself never listened.
    this.#server.close(() => {});
  }

  /** Resolves when every connection has ended, or after `graceMillis`. */
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
      maxDisconnected: options.maxDisconnectedSessions ?? 10_000,
      keepMillis: options.sessionTimeoutMillis ?? 300_000,
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

function serverOptions({ requestTimeoutMillis = 60_000 }: WebSocketServerOptions): ServerOptions {
  const headersTimeout = Math.min(20_000, requestTimeoutMillis);
  return {
    headersTimeout,
    requestTimeout: requestTimeoutMillis,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, headersTimeout / 4)),
  };
}
