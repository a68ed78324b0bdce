import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Signal } from '@otelier/otlp';
import type { IngestTarget, PushRequest, PushResponse } from '@otelier/query';
import type { ExportHandler, ExportServer, ObserveRequest } from '@otelier/transport';
import {
  type AuthenticatedSender,
  type Authenticator,
  connectionOf,
  rejectedSenderStatus,
} from '@otelier/transport/auth';
import type { Clock } from '@otelier/transport/clock';
import type { Listener } from '@otelier/transport/listen';
import { httpRequestAttributes } from '@otelier/transport/request-observer';
import { createServerTls, type ServerTlsOptions } from '@otelier/transport/tls';
import { textResponse } from './text-response.ts';

/** Options for `openPushServer`. */
export interface PushServerOptions {
  /** Path of requests. Default: every path. */
  readonly path?: string;
  readonly signal: Signal;
  /** Whether requests with other methods than POST are received as well. */
  readonly anyMethod?: boolean;
  /** Converts a request to OTLP and passes it to the target, or to that of another signal. */
  readonly receive: (
    request: PathRequest,
    target: IngestTarget,
    targetOf: (signal: Signal) => IngestTarget,
  ) => Promise<PushResponse>;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  readonly onInternalError: (error: unknown) => void;
  /** Called with the duration of each request. */
  readonly observeRequest?: ObserveRequest;
  readonly clock: Clock;
}

/** A request with its path, its query without the question mark, and its headers. */
export interface PathRequest extends PushRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

/** Serves requests of a protocol other than OTLP on a listener. Throws `FileError` for invalid certificates. */
export function openPushServer(options: PushServerOptions, listener: Listener, handler: ExportHandler): ExportServer {
  return new PushServer(createNodeServer(options), options, listener, handler);
}

class PushServer implements ExportServer {
  readonly address: string;
  readonly #server: Server;
  readonly #options: PushServerOptions;
  readonly #handler: ExportHandler;
  readonly #stopAccepting: () => void;
  readonly #responses = new Set<ServerResponse>();
  #connectionCount = 0;
  #onIdle: (() => void) | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(server: Server, options: PushServerOptions, listener: Listener, handler: ExportHandler) {
    this.address = listener.address;
    this.#server = server;
    this.#options = options;
    this.#handler = handler;
    server.on('request', (request, response) => void this.#serve(request, response));
    // Starts the timeouts for slow clients. `listen` would do so, but the listening socket does not belong to this server.
    server.emit('listening');
    this.#stopAccepting = listener.accept((socket) => {
      this.#connectionCount += 1;
      socket.once('close', () => {
        this.#connectionCount -= 1;
      });
      server.emit('connection', socket);
    });
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  moveConnection(): boolean {
    const busy = [...this.#responses].find((response) => !response.headersSent && !response.hasHeader('connection'));
    busy?.setHeader('connection', 'close');
    return busy !== undefined;
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  async #drain(graceMillis: number): Promise<void> {
    this.#stopAccepting();
    this.#server.closeIdleConnections();
    for (const response of this.#responses) if (!response.headersSent) response.setHeader('connection', 'close');
    if (this.#responses.size > 0 && graceMillis > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      const cancel = this.#options.clock.setTimeout(resolve, graceMillis);
      await promise;
      cancel();
    }
    this.#server.closeAllConnections();
    // Stops the timeouts. The server itself never listened, which the callback would report as an error.
    this.#server.close(() => {});
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, path, observeRequest } = this.#options;
    const beganMillis = clock.monotonic();
    this.#responses.add(response);
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.#responses.size === 0) this.#onIdle?.();
    });
    let written: PushResponse;
    try {
      written = await this.#respond(request);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      this.#options.onInternalError(error);
      written = textResponse(500, 'internal error');
    }
    const { status, message, headers } = written;
    // The rest of a body that was not read must not be taken for the next request.
    if (!request.complete || this.#shutdown !== undefined) response.setHeader('connection', 'close');
    response.writeHead(status, headers).end(message);
    if (observeRequest === undefined) return;
    const attributes = httpRequestAttributes({
      method: request.method ?? '_OTHER',
      isSecure: this.#options.tls !== undefined,
      authority: request.headers.host ?? '',
      version: request.httpVersion,
      route: path !== undefined && pathOf(request) === path ? path : undefined,
      status,
    });
    observeRequest('http.server.request.duration', attributes, clock.monotonic() - beganMillis);
  }

  async #respond(request: IncomingMessage): Promise<PushResponse> {
    const { method = '', headers } = request;
    const { path: expected, auth, anyMethod = false } = this.#options;
    const checked = auth?.authenticate(
      headers,
      request.socket.remoteAddress,
      connectionOf(request.socket),
      request.url,
    );
    if (checked !== undefined && checked.kind !== 'authenticated') {
      const { kind, reason, afterMillis = 1000, closesConnection = false } = checked;
      const isTemporary = kind === 'unavailable' || kind === 'busy';
      const more = isTemporary
        ? { 'retry-after': String(Math.max(1, Math.ceil(afterMillis / 1000))) }
        : { 'www-authenticate': auth?.challenge ?? '' };
      const closing = closesConnection ? { connection: 'close' } : {};
      const all = isTemporary || kind === 'unauthenticated' ? { ...more, ...closing } : closing;
      return textResponse(rejectedSenderStatus(kind), reason, all);
    }
    const path = pathOf(request);
    if (expected !== undefined && path !== expected) return textResponse(404, `expected a request to ${expected}`);
    if (!anyMethod && method !== 'POST') return textResponse(405, `expected POST, got ${method}`, { allow: 'POST' });
    const length = headers['content-length'];
    const targetOf = (signal: Signal) => this.#target(signal, request, checked);
    return this.#options.receive(
      {
        method,
        path,
        query: queryOf(request),
        headers,
        contentType: headers['content-type'] ?? '',
        contentEncoding: headers['content-encoding'] ?? '',
        contentLength: length === undefined ? undefined : Number(length),
        readBody: (limitBytes) => readBody(request, limitBytes),
      },
      targetOf(this.#options.signal),
      targetOf,
    );
  }

  #target(signal: Signal, { headers }: IncomingMessage, sender: AuthenticatedSender | undefined): IngestTarget {
    return {
      admit: (sizeBytes) => this.#handler.admit(sizeBytes),
      consume: (body) =>
        this.#handler.export({
          signal,
          encoding: 'protobuf',
          body,
          headers,
          subject: sender?.subject,
          tenant: sender?.tenant,
          transport: 'http',
        }),
    };
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

function queryOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function createNodeServer({ tls, clock }: PushServerOptions): Server {
  const options = { requestTimeout: REQUEST_TIMEOUT_MILLIS };
  if (tls === undefined) return createServer(options);
  const material = createServerTls(tls, clock);
  const server = createSecureServer({ ...options, ...material.options, ALPNProtocols: ['http/1.1'] });
  return server.prependListener('connection', () => material.refresh(server));
}

const REQUEST_TIMEOUT_MILLIS = 60_000;

/** Reads a request body, or returns `undefined` if it is larger than `limitBytes`. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
