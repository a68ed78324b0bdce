import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import {
  type AttributeValue,
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
import { type HeaderCapture, headerCapture } from './captured-headers.ts';
import { forwarded, type HostAndPort, hostAndPort } from './forwarded.ts';
import { recordedMethod } from './known-methods.ts';
import { redactedQuery } from './query-redaction.ts';
import { Instruments } from './server-metrics.ts';
import { DEFAULT_IGNORED_PATHS, HTTP_SERVER_OPTIONS, type HttpServerOptions } from './server-options.ts';
import { ServerRequest, type ServerRequestHost } from './server-request.ts';

/** Starts the spans of an HTTP server's requests. One per instrumented library. */
export class ServerTelemetry {
  readonly #host: ServerRequestHost;
  readonly #tracer: Tracer;
  readonly #instruments: CurrentInstruments<Instruments>;
  readonly #isIgnored: (request: IncomingMessage, path: string) => boolean;
  readonly #captureRequestHeaders: HeaderCapture | undefined;
  readonly #sendsContext: boolean;
  /** The last `Host` header, since most requests of a server have the same one. */
  #hostHeader = '';
  #hostAndPort: HostAndPort = { address: '', port: undefined };

  /** Throws an `OptionError` that names the invalid option. */
  constructor(scope: string, options: HttpServerOptions = {}) {
    const { tracerProvider, meterProvider, ignore = DEFAULT_IGNORED_PATHS } = known(options, HTTP_SERVER_OPTIONS);
    this.#tracer = (tracerProvider ?? trace).getTracer(scope, SDK_VERSION);
    this.#instruments = new CurrentInstruments(scope, meterProvider, (meter) => new Instruments(meter));
    const paths = typeof ignore === 'function' ? undefined : new Set(ignore);
    this.#isIgnored = (request, path) => (typeof ignore === 'function' ? ignore(request) : !!paths?.has(path));
    this.#captureRequestHeaders = headerCapture('request', options.requestHeaders);
    this.#sendsContext = options.serverTiming ?? false;
    this.#host = {
      countsBodies: options.bodySizes ?? false,
      captureResponseHeaders: headerCapture('response', options.responseHeaders),
      attributes: options.attributes,
    };
  }

  /**
   * Calls `handle` in the request's context and passes on what it throws. A request that already has a span, because
   * another instrumentation started it, is not started again.
   */
  handle<T>(request: IncomingMessage, response: ServerResponse, handle: (request?: ServerRequest) => T): T {
    const started = ServerRequest.of(request);
    if (started !== undefined) return handle(started);
    const active = contextApi.active();
    if (isSuppressed(active)) return handle();
    const serverRequest = this.#start(request, response);
    if (serverRequest === undefined) return contextApi.with(suppressed(active), handle);
    return contextApi.with(serverRequest.context, handle, undefined, serverRequest);
  }

  #start(request: IncomingMessage, response: ServerResponse): ServerRequest | undefined {
    // Express and others change `url` while they route.
    const target = request.url ?? '/';
    const queryStart = target.indexOf('?');
    const path = queryStart < 0 ? target : target.slice(0, queryStart);
    if (this.#isIgnored(request, path)) return undefined;
    const { headers, socket } = request;
    const method = recordedMethod(request.method);
    const proxy = forwarded(headers);
    const scheme = proxy?.scheme ?? ((socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http');
    const host = this.#serverOf(proxy?.host ?? headers.host);
    const attributes: Record<string, AttributeValue | undefined> = {
      'http.request.method': method.method,
      'http.request.method_original': method.original,
      'url.scheme': scheme,
      'url.path': path,
      'url.query': queryStart < 0 ? undefined : redactedQuery(target.slice(queryStart + 1)),
      'server.address': host?.address,
      'server.port': host?.port,
      'client.address': proxy?.client ?? socket.remoteAddress,
      'network.peer.address': socket.remoteAddress,
      'network.peer.port': socket.remotePort,
      'network.protocol.version': request.httpVersion,
      'user_agent.original': headers['user-agent'],
    };
    this.#captureRequestHeaders?.(headers, attributes);
    const parent = propagation.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const span = this.#tracer.startSpan(method.spanName, { kind: SpanKind.SERVER, attributes }, parent);
    const context = trace.setSpan(parent, span);
    if (this.#sendsContext) sendContext(span, response);
    return new ServerRequest(this.#host, this.#instruments.get(), method, scheme, span, context, request, response);
  }

  #serverOf(host: string | undefined): HostAndPort | undefined {
    if (host === undefined) return undefined;
    if (host !== this.#hostHeader) {
      this.#hostHeader = host;
      this.#hostAndPort = hostAndPort(host);
    }
    return this.#hostAndPort;
  }
}

/** Sends the span's context to the client (W3C Trace Context 2, "traceresponse", in the header that pages can read). */
function sendContext(span: Span, response: ServerResponse): void {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const flags = traceFlags.toString(16).padStart(2, '0');
  response.appendHeader('server-timing', `traceparent;desc="00-${traceId}-${spanId}-${flags}"`);
}
