import type { Socket } from 'node:net';
import type tls from 'node:tls';
import { systemClock } from '../../clock.ts';
import type { ExportHandler, ExportServer } from '../../contract.ts';
import { AcceptedSockets, within } from '../drain.ts';
import { type HttpServerOptions, headAndTimeLimits, requestHandlerOptions } from '../http/options.ts';
import { HttpRequestHandler } from '../http/request-handler.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import { type Listener, listen } from '../listen.ts';
import { requestCoalescer } from '../request-coalescer.ts';
import { readIntoSharedBuffer } from '../shared-read-buffer.ts';
import { createTlsServer } from '../tls-connections.ts';
import { HttpConnections } from './connections.ts';
import { Responses } from './responses.ts';
import type { HttpLimits } from './service.ts';

/**
 * Starts an OTLP/HTTP server on the project's own HTTP/1.1 parser. Throws `ListenError`, `EndpointError` or `FileError`
 * on failure.
 */
export async function createHttpServer(options: HttpServerOptions, handler: ExportHandler): Promise<ExportServer> {
  const clock = options.clock ?? systemClock;
  const requestHandler = requestHandlerOptions(options);
  const limits: HttpLimits = {
    ...headAndTimeLimits(options),
    maxRequestLineBytes: MAX_REQUEST_LINE_BYTES,
    maxHeaderCount: MAX_HEADER_COUNT,
    maxBodyBytes: requestHandler.maxBodyBytes,
    maxDecompressedBytes: requestHandler.maxDecompressedBytes,
  };
  const secure = options.tls === undefined ? undefined : createTlsServer(options.tls, 'http/1.1', clock);
  // The socket is opened last so that invalid options leave nothing open.
  const { endpoint } = options;
  const listener = typeof endpoint === 'string' ? await listen(endpoint) : endpoint;
  const connections = new HttpConnections({
    handler,
    admit: (sizeBytes) => handler.admit(sizeBytes),
    incoming: handler.incoming ?? new IncomingRequests(undefined, clock),
    requestHandler: new HttpRequestHandler(requestHandler),
    responses: new Responses(clock.now(), limits.idleTimeoutMillis),
    limits,
    keepAlive: options.keepAlive ?? true,
    onInternalError: options.onInternalError ?? (() => {}),
    observeRequest: options.observeRequest,
    onRejected: options.onRejected,
    served: () => requestCoalescer.served(),
    clock,
  });
  return new HttpServer(listener, listener === endpoint, connections, secure);
}

/** RFC 9112, 3, recommends at least 8,000. */
const MAX_REQUEST_LINE_BYTES = 8192;
const MAX_HEADER_COUNT = 100;

class HttpServer implements ExportServer {
  readonly address: string;
  readonly #sockets: AcceptedSockets;
  readonly #connections: HttpConnections;
  #shutdown: Promise<void> | undefined;

  constructor(listener: Listener, shared: boolean, connections: HttpConnections, secure: tls.Server | undefined) {
    this.#connections = connections;
    if (secure === undefined) {
      const adopt = (accepted: Socket) => readIntoSharedBuffer(accepted, (socket) => connections.serve(socket));
      this.#sockets = new AcceptedSockets(listener, shared, () => {}, adopt);
    } else {
      secure.on('secureConnection', (socket) => {
        const onBytes = connections.serve(socket);
        socket.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length));
      });
      this.#sockets = new AcceptedSockets(listener, shared, (socket) => secure.emit('connection', socket));
    }
    this.address = this.#sockets.address;
  }

  get connectionCount(): number {
    return this.#sockets.count;
  }

  moveConnection(): boolean {
    return this.#connections.moveOne();
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  async #drain(graceMillis: number): Promise<void> {
    await this.#sockets.stopAccepting();
    await within(graceMillis, this.#connections.leave());
    await this.#sockets.close();
    this.#connections.stop();
  }
}
