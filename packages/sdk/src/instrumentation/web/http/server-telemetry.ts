import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import {
  type AttributeValue,
  type Context,
  context as contextApi,
  defaultTextMapGetter,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { known } from '../../../client/known-options.ts';
import { isSuppressed, suppressed } from '../../../context/suppression.ts';
import { SDK_VERSION } from '../../../version.ts';
import { CurrentInstruments } from '../../current-instruments.ts';
import { BodySizes } from './body-sizes.ts';
import { type HeaderCapture, headerCapture } from './captured-headers.ts';
import { forwarded, type HostAndPort, hostAndPort } from './forwarded.ts';
import { recordedMethod } from './known-methods.ts';
import { redactedQuery } from './query-redaction.ts';
import { Instruments } from './server-metrics.ts';
import { DEFAULT_IGNORED_PATHS, HTTP_SERVER_OPTIONS, type HttpServerOptions } from './server-options.ts';
import { type ResponseState, ServerRequest, type ServerRequestHost } from './server-request.ts';
import { handleStreamsIn } from './stream-context.ts';

/** The head of a request. */
export interface RequestHead {
  readonly method: string | undefined;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly host: string | undefined;
  readonly scheme: string;
  /** Such as `1.1`. */
  readonly protocolVersion: string | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

/** What the functions in the options receive. */
export interface HookArguments<Request, Response> {
  readonly request: Request;
  readonly response: () => Response;
}

/** Starts the spans of an HTTP server's requests. One per instrumented library. */
export class ServerTelemetry<Request = IncomingMessage, Response = ServerResponse> {
  /** Whether to send the span's context to the client in `Server-Timing`. */
  readonly sendsContext: boolean;
  readonly countsBodies: boolean;
  readonly #options: HttpServerOptions<Request, Response>;
  readonly #host: ServerRequestHost;
  readonly #tracer: Tracer;
  readonly #instruments: CurrentInstruments<Instruments>;
  readonly #isIgnored: (request: Request, path: string) => boolean;
  readonly #captureRequestHeaders: HeaderCapture | undefined;
  /** The last `Host` header, since most requests of a server have the same one. */
  #hostHeader = '';
  #hostAndPort: HostAndPort = { address: '', port: undefined };

  /** Throws an `OptionError` that names the invalid option. */
  constructor(scope: string, options: HttpServerOptions<Request, Response> = {}) {
    const { tracerProvider, meterProvider, ignore = DEFAULT_IGNORED_PATHS } = known(options, HTTP_SERVER_OPTIONS);
    this.#options = options;
    this.#tracer = (tracerProvider ?? trace).getTracer(scope, SDK_VERSION);
    this.#instruments = new CurrentInstruments(scope, meterProvider, (meter) => new Instruments(meter));
    const paths = typeof ignore === 'function' ? undefined : new Set(ignore);
    this.#isIgnored = (request, path) => (typeof ignore === 'function' ? ignore(request) : !!paths?.has(path));
    this.#captureRequestHeaders = headerCapture('request', options.requestHeaders);
    this.sendsContext = options.serverTiming ?? false;
    this.countsBodies = options.bodySizes ?? false;
    this.#host = { captureResponseHeaders: headerCapture('response', options.responseHeaders) };
  }

  /**
   * Calls `handle` in the request's context and passes on what it throws. A request that already has a span, because
   * another instrumentation started it, is not started again. `custom` is what the options' functions receive, if not
   * `request` and `response`.
   */
  handle<T>(
    request: IncomingMessage,
    response: ServerResponse,
    handle: (request?: ServerRequest) => T,
    custom: HookArguments<Request, Response> = {
      request: request as Request,
      response: () => response as Response,
    },
  ): T {
    const started = ServerRequest.of(request);
    if (started !== undefined) return handle(started);
    const active = contextApi.active();
    if (isSuppressed(active)) return handle();
    const serverRequest = this.#start(custom.request, headOf(request), active);
    if (serverRequest === undefined) {
      return contextApi.with(suppressed(active), () => {
        handleStreamsIn(active, request, response);
        return handle();
      });
    }
    this.#follow(serverRequest, request, response, custom);
    return contextApi.with(serverRequest.context, handle, undefined, serverRequest);
  }

  /** Starts a request and calls `handle` in its context, without the request if it is ignored. */
  run<T>(request: Request, head: () => RequestHead, handle: (request?: ServerRequest) => T): T {
    const active = contextApi.active();
    if (isSuppressed(active)) return handle();
    const serverRequest = this.#start(request, head(), active);
    if (serverRequest === undefined) return contextApi.with(suppressed(active), handle);
    return contextApi.with(serverRequest.context, handle, undefined, serverRequest);
  }

  /** Sets the hook of the options, which is called when the request ends. */
  addHook(serverRequest: ServerRequest, { request, response }: HookArguments<Request, Response>): void {
    const { attributes } = this.#options;
    if (attributes !== undefined) serverRequest.attributes = () => attributes(request, response());
  }

  #start(request: Request, head: RequestHead, active: Context): ServerRequest | undefined {
    const { target, headers, protocolVersion, remoteAddress } = head;
    const queryStart = target.indexOf('?');
    const path = queryStart < 0 ? target : target.slice(0, queryStart);
    if (this.#isIgnored(request, path)) return undefined;
    const method = recordedMethod(head.method);
    const proxy = forwarded(headers);
    const scheme = proxy?.scheme ?? head.scheme;
    const host = this.#serverOf(proxy?.host ?? head.host);
    const attributes: Record<string, AttributeValue | undefined> = {
      'http.request.method': method.method,
      'http.request.method_original': method.original,
      'url.scheme': scheme,
      'url.path': path,
      'url.query': queryStart < 0 ? undefined : redactedQuery(target.slice(queryStart + 1)),
      'server.address': host?.address,
      'server.port': host?.port,
      'client.address': proxy?.client ?? remoteAddress,
      'network.peer.address': remoteAddress,
      'network.peer.port': head.remotePort,
      'network.protocol.version': protocolVersion,
      'user_agent.original': headers['user-agent'],
    };
    this.#captureRequestHeaders?.(headers, attributes);
    const parent = propagation.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const span = this.#tracer.startSpan(method.spanName, { kind: SpanKind.SERVER, attributes }, parent);
    const contexts = { parent, connection: active };
    return new ServerRequest(this.#host, this.#instruments.get(), method, scheme, protocolVersion, span, contexts);
  }

  #serverOf(host: string | undefined): HostAndPort | undefined {
    if (host === undefined) return undefined;
    if (host !== this.#hostHeader) {
      this.#hostHeader = host;
      this.#hostAndPort = hostAndPort(host);
    }
    return this.#hostAndPort;
  }

  /** Ends the request with the response. */
  #follow(
    serverRequest: ServerRequest,
    request: IncomingMessage,
    response: ServerResponse,
    custom: HookArguments<Request, Response>,
  ): void {
    serverRequest.attach(request);
    serverRequest.attach(response);
    if (this.countsBodies) serverRequest.sizes = new BodySizes(request, response);
    if (this.sendsContext) response.appendHeader('server-timing', serverTiming(serverRequest.span));
    this.addHook(serverRequest, custom);
    response.on('close', endOnClose);
  }
}

function headOf(request: IncomingMessage): RequestHead {
  const { headers, socket, httpVersion } = request;
  return {
    method: request.method,
    // Express and others change `url` while they route.
    target: request.url ?? '/',
    headers,
    // HTTP/2 has a pseudo-header instead of `Host`.
    host: headers.host ?? (headers[':authority'] as string | undefined),
    scheme: (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http',
    protocolVersion: httpVersion === '2.0' ? '2' : httpVersion,
    remoteAddress: socket.remoteAddress,
    remotePort: socket.remotePort,
  };
}

/** One listener for all requests, which is not a closure. */
function endOnClose(this: ServerResponse): void {
  ServerRequest.of(this)?.end(stateOf(this));
}

/** Returns how a response of `node:http` or `node:http2` has ended, or its present state. */
export function stateOf(response: ServerResponse): ResponseState {
  const { stream } = response as { readonly stream?: ServerHttp2Stream };
  const isComplete = stream === undefined ? response.writableFinished : isWhole(stream);
  return {
    statusCode: response.headersSent || isComplete ? response.statusCode : undefined,
    isComplete,
    headers: () => response.getHeaders(),
  };
}

/** Reports whether a closed stream of HTTP/2 was sent to its end. `writableFinished` is also true if it was aborted. */
export function isWhole({ aborted, rstCode }: ServerHttp2Stream): boolean {
  return !aborted && rstCode === 0;
}

/**
 * Returns a `Server-Timing` header with the span's context (W3C Trace Context 2, "traceresponse", in the header that
 * pages can read).
 */
export function serverTiming(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `traceparent;desc="00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}"`;
}
