import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { Signal } from '@otelier/otlp';
import type { Authenticator } from '../auth.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import { ERROR_CODE } from '../http2/frames.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTlsOptions } from '../tls.ts';
import { AcceptedSockets } from './drain.ts';
import { gather } from './gather.ts';
import type { CallContext } from './grpc-call.ts';
import { grpcRoutes, STRANGER_SENTENCE } from './grpc-head.ts';
import { ConnectionLife, type GrpcKeepalive } from './grpc-keepalive.ts';
import { GrpcStream } from './grpc-stream.ts';
import { Connection, type ConnectionOptions } from './http2/connection.ts';
import { Connections } from './http2/connections.ts';
import { http1Answer } from './http2/preface.ts';
import { type Listener, listen } from './listen.ts';
import { readStanding } from './standing-buffer.ts';

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

/** Starts an OTLP/gRPC server. Throws `ListenError`, `EndpointError` or `FileError` when it cannot. */
export async function createGrpcServer(options: GrpcServerOptions, handler: ExportHandler): Promise<ExportServer> {
  const clock = options.clock ?? systemClock;
  const connections = new Connections();
  const settings = connectionOptions(options, handler, clock, connections);
  const adopt =
    options.tls === undefined
      ? (accepted: Socket) => serveClear(accepted, connections, settings)
      : secureDoor(options.tls, clock, (socket) => serveSecure(socket, connections, settings));
  const { endpoint } = options;
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  return new RunningGrpcServer(listener, listener === endpoint, adopt, connections, clock);
}

class RunningGrpcServer implements ExportServer {
  readonly address: string;
  readonly #sockets: AcceptedSockets;
  readonly #connections: Connections;
  readonly #sweep: NodeJS.Timeout;
  #shutdown: Promise<void> | undefined;

  constructor(
    listener: Listener,
    isBorrowed: boolean,
    adopt: (accepted: Socket) => Socket,
    connections: Connections,
    clock: Clock,
  ) {
    this.#connections = connections;
    this.#sockets = new AcceptedSockets(listener, isBorrowed, () => {}, adopt);
    this.address = this.#sockets.address;
    // One timer for all deadlines: one for each call would cost more than the call's bookkeeping altogether.
    this.#sweep = setInterval(() => connections.sweep(clock.now()), SWEEP_MILLIS);
    this.#sweep.unref();
  }

  get connectionCount(): number {
    return this.#sockets.count;
  }

  moveConnection(): boolean {
    return this.#connections.moveBusiest();
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  async #drain(graceMillis: number): Promise<void> {
    await this.#sockets.stopAccepting();
    await this.#connections.leave(graceMillis);
    clearInterval(this.#sweep);
    await this.#sockets.close();
  }
}

const SWEEP_MILLIS = 100;

/** What a server knows of each call. */
export function callContext(options: GrpcServerOptions, handler: ExportHandler): CallContext {
  return {
    handler,
    maxMessageBytes: options.maxMessageBytes ?? 4 * MIB,
    requestTimeoutMillis: options.requestTimeoutMillis ?? 60_000,
    auth: options.auth,
    onInternalError: options.onInternalError ?? (() => {}),
  };
}

function connectionOptions(
  options: GrpcServerOptions,
  handler: ExportHandler,
  clock: Clock,
  connections: Connections,
): ConnectionOptions {
  const context = callContext(options, handler);
  const routes = grpcRoutes(options.signals);
  const keepalive = options.keepalive ?? {};
  return {
    clock,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1000,
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
    answerTimeoutMillis: context.requestTimeoutMillis,
    http1Sentence: STRANGER_SENTENCE,
    createCall: (stream) => new GrpcStream(stream, context, routes),
    onServed: () => gather.served(),
    onLeft: () => connections.left(),
    onClosed: (connection) => connections.delete(connection),
    watch: (connection) =>
      new ConnectionLife(
        {
          ping: () => connection.ping(),
          leave: () => connection.leave(),
          destroy: () => connection.destroy(),
          sendAway: () => connection.failed({ code: ERROR_CODE.ENHANCE_YOUR_CALM, reason: 'too_many_pings' }),
        },
        keepalive,
        clock,
      ),
  };
}

function serveClear(accepted: Socket, connections: Connections, settings: ConnectionOptions): Socket {
  return readStanding(accepted, (socket) => {
    const connection = new Connection(socket, settings);
    connections.add(connection);
    return (bytes, length) => connection.receive(bytes, length);
  });
}

function serveSecure(socket: tls.TLSSocket, connections: Connections, settings: ConnectionOptions): void {
  // RFC 9113, 3.2: over TLS, HTTP/2 is agreed on by ALPN. A client without ALPN speaks HTTP/1.1.
  if (socket.alpnProtocol !== 'h2') {
    socket.on('error', () => {});
    socket.end(http1Answer(settings.http1Sentence));
    return;
  }
  const connection = new Connection(socket, settings);
  connections.add(connection);
  socket.on('data', (chunk: Buffer) => connection.receive(chunk, chunk.length));
}

/** Takes sockets through their TLS handshakes. */
function secureDoor(
  options: ServerTlsOptions,
  clock: Clock,
  serve: (socket: tls.TLSSocket) => void,
): (accepted: Socket) => Socket {
  const material = createServerTls(options, clock);
  const server = tls.createServer({
    ...material.options,
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS,
  });
  server.on('secureConnection', serve);
  return (accepted) => {
    accepted.allowHalfOpen = false;
    material.refresh(server);
    server.emit('connection', accepted);
    return accepted;
  };
}
