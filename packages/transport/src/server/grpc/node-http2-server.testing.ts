import http2 from 'node:http2';
import { type Clock, systemClock } from '../../clock.ts';
import type { ExportHandler, ExportServer } from '../../contract.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTls } from '../../tls.ts';
import { AcceptedSockets, InFlight } from '../drain.ts';
import { type Listener, listen } from '../listen.ts';
import type { CallContext } from './call.ts';
import { type GrpcRoutes, grpcRoutes } from './head.ts';
import { ConnectionLife } from './keepalive.ts';
import { NodeStream } from './node-http2-stream.testing.ts';
import { callContext, type GrpcServerOptions } from './options.ts';

/** Flow-control window of a stream, large enough to avoid an extra round trip for a large message. */
const STREAM_WINDOW_BYTES = 8 * 2 ** 20;
/** Flow-control window of a connection. The server reads immediately, so neither window reserves memory. */
const CONNECTION_WINDOW_BYTES = 64 * 2 ** 20;

/**
 * Starts an OTLP/gRPC server on `node:http2`, for comparison: the same contract as `createGrpcServer` at a third of the
 * throughput. Throws `ListenError`, `EndpointError` or `FileError` on failure.
 */
export async function createNodeHttp2GrpcServer(
  options: GrpcServerOptions,
  handler: ExportHandler,
): Promise<ExportServer> {
  const clock = options.clock ?? systemClock;
  const tls = options.tls === undefined ? undefined : createServerTls(options.tls, clock);
  const server = tls === undefined ? http2.createServer(serverOptions(options)) : secureServer(options, tls);
  const { endpoint } = options;
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  return new RunningNodeServer(server, listener, options, handler, clock);
}

class RunningNodeServer implements ExportServer {
  readonly address: string;
  readonly #sockets: AcceptedSockets;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #streams = new Set<NodeStream>();
  readonly #inFlight = new InFlight();
  readonly #sweep: NodeJS.Timeout;
  readonly #context: CallContext;
  readonly #routes: GrpcRoutes;
  #draining = false;
  #shutdown: Promise<void> | undefined;

  constructor(
    server: http2.Http2Server | http2.Http2SecureServer,
    listener: Listener,
    options: GrpcServerOptions,
    handler: ExportHandler,
    clock: Clock,
  ) {
    this.#context = callContext(options, handler);
    this.#routes = grpcRoutes(options.signals);
    server.on('session', (session) => this.#watch(session, options, clock));
    server.on('stream', (stream, headers) => this.#serve(stream, headers, clock.monotonic()));
    this.#sockets = new AcceptedSockets(listener, listener === options.endpoint, (socket) => {
      socket.allowHalfOpen = false;
      server.emit('connection', socket);
    });
    this.address = this.#sockets.address;
    this.#sweep = setInterval(() => this.#expire(clock.monotonic()), SWEEP_MILLIS);
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
    // GOAWAY: calls in flight continue and new ones need another connection.
    for (const session of this.#sessions) session.close();
    await this.#inFlight.idle(graceMillis);
    clearInterval(this.#sweep);
    await this.#sockets.close();
  }

  #serve(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders, nowMillis: number): void {
    const served = new NodeStream(stream, this.#context);
    this.#streams.add(served);
    this.#inFlight.begin();
    stream.on('close', () => {
      this.#streams.delete(served);
      this.#inFlight.end();
    });
    served.begin(headers, this.#routes, nowMillis);
  }

  #watch(session: http2.ServerHttp2Session, options: GrpcServerOptions, clock: Clock): void {
    this.#sessions.add(session);
    // A peer that violates the protocol loses its connection. Node has already reported the reason to it.
    session.on('error', () => {});
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    const life = manageLife(session, options, clock);
    session.on('stream', (stream) => {
      life.began();
      stream.on('close', () => life.ended());
    });
    session.on('ping', () => life.pinged());
    session.on('close', () => {
      life.closed();
      this.#sessions.delete(session);
    });
    if (this.#draining) session.close();
  }

  #expire(now: number): void {
    for (const stream of this.#streams) if (stream.deadline <= now) stream.expire();
  }
}

const SWEEP_MILLIS = 100;

function manageLife(session: http2.ServerHttp2Session, options: GrpcServerOptions, clock: Clock): ConnectionLife {
  const life: ConnectionLife = new ConnectionLife(
    {
      ping: () => {
        if (!session.destroyed && !session.closed) session.ping(() => life.ponged());
      },
      leave: () => session.close(),
      destroy: () => session.destroy(),
      sendAway: () => {
        session.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
        session.destroy();
      },
    },
    options.keepalive ?? {},
    clock,
  );
  return life;
}

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
    // Megabytes of stream and header state per connection, above which Node refuses streams.
    maxSessionMemory: 64,
  };
}
