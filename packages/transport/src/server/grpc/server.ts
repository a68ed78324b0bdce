import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '../../clock.ts';
import type { ExportHandler, ExportServer } from '../../contract.ts';
import { ERROR_CODE } from '../../http2/frames.ts';
import { AcceptedSockets } from '../drain.ts';
import { Connection, type ConnectionOptions } from '../http2/connection.ts';
import { Connections } from '../http2/connections.ts';
import { http1Response } from '../http2/preface.ts';
import { type Listener, listen } from '../listen.ts';
import { requestCoalescer } from '../request-coalescer.ts';
import { readIntoSharedBuffer } from '../shared-read-buffer.ts';
import { createTlsServer } from '../tls-connections.ts';
import { grpcRoutes, NON_GRPC_MESSAGE } from './head.ts';
import { ConnectionLife } from './keepalive.ts';
import { callContext, type GrpcServerOptions } from './options.ts';
import { GrpcStream } from './stream.ts';

/** Starts an OTLP/gRPC server. Throws `ListenError`, `EndpointError` or `FileError` on failure. */
export async function createGrpcServer(options: GrpcServerOptions, handler: ExportHandler): Promise<ExportServer> {
  const clock = options.clock ?? systemClock;
  const connections = new Connections();
  const settings = connectionOptions(options, handler, clock, connections);
  const secure = options.tls === undefined ? undefined : createTlsServer(options.tls, 'h2', clock);
  secure?.on('secureConnection', (socket) => serveSecure(socket, connections, settings));
  const adopt = (accepted: Socket): Socket => {
    if (secure === undefined) return serveClear(accepted, connections, settings);
    secure.emit('connection', accepted);
    return accepted;
  };
  // The socket is opened last so that invalid options leave nothing open.
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
    isShared: boolean,
    adopt: (accepted: Socket) => Socket,
    connections: Connections,
    clock: Clock,
  ) {
    this.#connections = connections;
    this.#sockets = new AcceptedSockets(listener, isShared, () => {}, adopt);
    this.address = this.#sockets.address;
    // One timer for all deadlines: a timer per call would cost more than the rest of the call's bookkeeping.
    this.#sweep = setInterval(() => connections.sweep(clock.monotonic()), SWEEP_MILLIS);
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

/** Returns the options for a server's connections, which register themselves in `connections`. */
export function connectionOptions(
  options: GrpcServerOptions,
  handler: ExportHandler,
  clock: Clock,
  connections: Connections,
): ConnectionOptions {
  const context = callContext(options, handler);
  const routes = options.methods ?? grpcRoutes(options.signals);
  const keepalive = options.keepalive ?? {};
  return {
    clock,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1000,
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
    responseTimeoutMillis: context.requestTimeoutMillis,
    http1Message: NON_GRPC_MESSAGE,
    createCall: (stream) => new GrpcStream(stream, context, routes),
    onServed: () => requestCoalescer.served(),
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

/** Serves an accepted plaintext socket and returns the socket that replaces it. */
function serveClear(accepted: Socket, connections: Connections, settings: ConnectionOptions): Socket {
  return readIntoSharedBuffer(accepted, (socket) => {
    const connection = new Connection(socket, settings);
    connections.add(connection);
    return (bytes, length) => connection.receive(bytes, length);
  });
}

function serveSecure(socket: TLSSocket, connections: Connections, settings: ConnectionOptions): void {
  // RFC 9113, 3.2: over TLS, HTTP/2 is negotiated by ALPN. A client without ALPN speaks HTTP/1.1.
  if (socket.alpnProtocol !== 'h2') {
    socket.on('error', () => {});
    socket.write(http1Response(settings.http1Message));
    socket.destroySoon();
    return;
  }
  const connection = new Connection(socket, settings);
  connections.add(connection);
  socket.on('data', (chunk: Buffer) => connection.receive(chunk, chunk.length));
}
