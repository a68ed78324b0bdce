import type { IncomingMessage, ServerResponse } from 'node:http';
import http2, {
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { context } from '@opentelemetry/api';
import { patch } from '../patch.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { isWhole, type RequestHead, ServerTelemetry, serverTiming } from './http/server-telemetry.ts';
import { handleStreamsIn, inContext } from './http/stream-context.ts';

export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';

/** A request of HTTP/2. Servers with `request` listeners pass their own object, which has more members. */
export interface Http2Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** The response to a request of HTTP/2. */
export interface Http2Response {
  readonly statusCode: number;
  getHeaders(): Readonly<Record<string, string | number | readonly string[] | undefined>>;
}

/**
 * Instruments all servers of `node:http2`, whether they listen to `request` or to `stream`: each request has a span and
 * measurements (semantic conventions, "HTTP"), and is handled in the span's context, as are the events of its streams.
 * Bodies are not counted for `stream`. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentHttp2Servers(options?: HttpServerOptions<Http2Request, Http2Response>): () => void {
  const telemetry = new ServerTelemetry<Http2Request, Http2Response>('@otelier/sdk/node-http2', options);
  let hasStreams = false;
  // The classes are not exported.
  const undo = [http2.createServer(), http2.createSecureServer({})].map((server) =>
    patch(
      Object.getPrototypeOf(server) as Http2Server,
      'emit',
      (emit) =>
        function (this: Http2Server, event: string, ...args: unknown[]) {
          const call = (serverRequest?: ServerRequest) => {
            try {
              return emit.call(this, event, ...args);
            } catch (error) {
              serverRequest?.recordError(error);
              throw error;
            }
          };
          if (event === 'request') {
            const [request, response] = args as [Http2ServerRequest, Http2ServerResponse];
            return telemetry.handle(
              // Secure servers may also accept HTTP/1.1.
              request as unknown as IncomingMessage,
              response as unknown as ServerResponse,
              call,
              { request, response: () => response },
            );
          }
          // Node listens to streams itself in order to create requests.
          if (event !== 'stream' || this.listenerCount('request') > 0) return call();
          const [stream, headers] = args as [ServerHttp2Stream, IncomingHttpHeaders];
          const connectionContext = context.active();
          if (!hasStreams) {
            hasStreams = true;
            undo.push(patch(Object.getPrototypeOf(stream) as Emitter, 'emit', inContext));
          }
          return telemetry.run(
            requestOf(headers),
            () => headOf(stream, headers),
            (serverRequest) => {
              if (serverRequest === undefined) handleStreamsIn(connectionContext, stream);
              else follow(serverRequest, stream, headers);
              return call(serverRequest);
            },
          );
        } as Http2Server['emit'],
    ),
  );
  const follow = (serverRequest: ServerRequest, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    serverRequest.attach(stream);
    telemetry.addHook(serverRequest, { request: requestOf(headers), response: () => responseOf(stream) });
    if (telemetry.sendsContext) sendContext(stream, serverRequest);
    stream.on('close', endOnClose);
  };
  undo.push(
    patch(http2.Http2ServerRequest.prototype as Emitter, 'emit', inContext),
    patch(http2.Http2ServerResponse.prototype as Emitter, 'emit', inContext),
  );
  return () => {
    for (const each of undo) each();
  };
}

function endOnClose(this: ServerHttp2Stream): void {
  const { statusCode, getHeaders } = responseOf(this);
  ServerRequest.of(this)?.end({
    statusCode: this.headersSent ? statusCode : undefined,
    isComplete: isWhole(this),
    headers: getHeaders,
  });
}

function sendContext(stream: ServerHttp2Stream, { span }: ServerRequest): void {
  patch(stream, 'respond', (respond) => (headers, options) => {
    const timing = serverTiming(span);
    const isList = Array.isArray as (value: unknown) => value is readonly string[];
    if (isList(headers)) return respond.call(stream, [...headers, 'server-timing', timing], options);
    const own = headers?.['server-timing'];
    const values = own === undefined ? [] : [own].flat().map(String);
    respond.call(stream, { ...headers, 'server-timing': [...values, timing] }, options);
  });
}

function requestOf(headers: IncomingHttpHeaders): Http2Request {
  return { method: headers[':method'] ?? 'GET', url: headers[':path'] ?? '/', headers };
}

function responseOf(stream: ServerHttp2Stream): Http2Response {
  const headers = stream.sentHeaders ?? {};
  return { statusCode: Number(headers[':status'] ?? 200), getHeaders: () => headers };
}

function headOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): RequestHead {
  const socket = stream.session?.socket as Partial<TLSSocket> | undefined;
  return {
    method: headers[':method'],
    target: headers[':path'] ?? '/',
    headers,
    host: headers[':authority'] ?? headers.host,
    scheme: headers[':scheme'] === 'https' ? 'https' : 'http',
    protocolVersion: '2',
    remoteAddress: socket?.remoteAddress,
    remotePort: socket?.remotePort,
  };
}

interface Emitter {
  emit(this: object, event: string | symbol, ...args: unknown[]): boolean;
}
