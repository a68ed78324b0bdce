import http2 from 'node:http2';
import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { Authenticator } from '../auth.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTls, type ServerTlsOptions } from '../tls.ts';
import { AcceptedSockets, InFlight } from './drain.ts';
import { Call, type CallContext } from './grpc-call.ts';
import { type GrpcKeepalive, keepAlive } from './grpc-keepalive.ts';
import { type Listener, listen } from './listen.ts';

export type { GrpcKeepalive } from './grpc-keepalive.ts';

/** How an OTLP/gRPC server is set up. Only the endpoint is needed. */
export interface GrpcServerOptions {
  /** Where to listen (`127.0.0.1:4317`, `[::1]:0`, `unix:/path`), or a socket that is lent and stays its owner's. */
  readonly endpoint: string | Listener;
  /** Signals that are taken; default all. */
  readonly signals?: readonly Signal[];
  /** Largest message, as it is on the wire and decompressed. Default 4 MiB, as the Collector's. */
  readonly maxMessageBytes?: number;
  /** Largest header block. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Calls in flight on one connection. Default 1,000. */
  readonly maxConcurrentStreams?: number;
  /** For a call to arrive and be answered, when the client has set no shorter deadline. Default 60,000. */
  readonly requestTimeoutMillis?: number;
  readonly keepalive?: GrpcKeepalive;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Told of a handler that rejects, which is a bug; the client gets INTERNAL. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** What one stream may send ahead, so that a large message needs no round trip on its way. */
const STREAM_WINDOW_BYTES = 8 * MIB;
/** What one connection may send ahead. We read at once, so neither window is memory. */
const CONNECTION_WINDOW_BYTES = 64 * MIB;

/** Starts an OTLP/gRPC server. Throws `ListenError`, `EndpointError` or `FileError` when it cannot. */
export async function createGrpcServer(options: GrpcServerOptions, handler: ExportHandler): Promise<ExportServer> {
  const clock = options.clock ?? systemClock;
  const tls = options.tls === undefined ? undefined : createServerTls(options.tls, clock);
  const server = tls === undefined ? http2.createServer(serverOptions(options)) : secureServer(options, tls);
  const { endpoint } = options;
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  return new RunningGrpcServer(server, listener, options, handler, clock);
}

class RunningGrpcServer implements ExportServer {
  readonly address: string;
  readonly #sockets: AcceptedSockets;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #calls = new Set<Call>();
  readonly #inFlight = new InFlight();
  readonly #sweep: NodeJS.Timeout;
  #draining = false;
  #shutdown: Promise<void> | undefined;

  constructor(
    server: http2.Http2Server | http2.Http2SecureServer,
    listener: Listener,
    options: GrpcServerOptions,
    handler: ExportHandler,
    clock: Clock,
  ) {
    const context = this.#callContext(options, handler, clock);
    server.on('session', (session) => this.#watch(session, options.keepalive ?? {}, clock));
    server.on('stream', (stream, headers) => {
      const call = new Call(context, stream, headers);
      this.#calls.add(call);
      this.#inFlight.begin();
      call.start();
    });
    this.#sockets = new AcceptedSockets(listener, listener === options.endpoint, (socket) => {
      socket.allowHalfOpen = false;
      server.emit('connection', socket);
    });
    this.address = this.#sockets.address;
    // One timer for all deadlines: one for each call would cost more than the call's bookkeeping altogether.
    this.#sweep = setInterval(() => this.#expire(clock.now()), SWEEP_MILLIS);
    this.#sweep.unref();
  }

  get connectionCount(): number {
    return this.#sockets.count;
  }

  moveConnection(): boolean {
    for (const session of this.#sessions) {
      if (session.closed) continue;
      session.close();
      return true;
    }
    return false;
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  async #drain(graceMillis: number): Promise<void> {
    this.#draining = true;
    await this.#sockets.stopAccepting();
    // GOAWAY: calls that have begun go on, new ones look for another connection.
    for (const session of this.#sessions) session.close();
    await this.#inFlight.idle(graceMillis);
    clearInterval(this.#sweep);
    await this.#sockets.close();
  }

  #callContext(options: GrpcServerOptions, handler: ExportHandler, clock: Clock): CallContext {
    const signals = options.signals ?? SIGNAL_NAMES;
    return {
      handler,
      routes: new Map(signals.map((signal) => [`/${SIGNALS[signal].grpcService}/Export`, signal])),
      maxMessageBytes: options.maxMessageBytes ?? 4 * MIB,
      requestTimeoutMillis: options.requestTimeoutMillis ?? 60_000,
      auth: options.auth,
      clock,
      onInternalError: options.onInternalError ?? (() => {}),
      onClosed: (call) => {
        this.#calls.delete(call);
        this.#inFlight.end();
      },
    };
  }

  #watch(session: http2.ServerHttp2Session, options: GrpcKeepalive, clock: Clock): void {
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    // A peer that breaks the protocol loses its connection; Node has told it why.
    session.on('error', () => {});
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    keepAlive(session, options, clock);
    if (this.#draining) session.close();
  }

  #expire(now: number): void {
    for (const call of this.#calls) if (call.deadline <= now) call.expire();
  }
}

const SWEEP_MILLIS = 100;

function secureServer(options: GrpcServerOptions, tls: ServerTls): http2.Http2SecureServer {
  const server = http2.createSecureServer({
    ...serverOptions(options),
    ...tls.options,
    allowHTTP1: false,
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS,
  });
  server.prependListener('connection', () => tls.refresh(server));
  return server;
}

function serverOptions(options: GrpcServerOptions): http2.ServerOptions {
  return {
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: options.maxConcurrentStreams ?? 1000,
      maxHeaderListSize: options.maxHeaderBytes ?? 16 * 1024,
      enablePush: false,
    },
    // Megabytes that one connection's streams and headers may hold in Node, beyond which it refuses streams.
    maxSessionMemory: 64,
  };
}
