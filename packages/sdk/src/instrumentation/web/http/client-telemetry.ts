import {
  type Attributes,
  type AttributeValue,
  context as contextApi,
  type Histogram,
  propagation,
  SpanKind,
  type TextMapSetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { known } from '../../../client/known-options.ts';
import { isSuppressed } from '../../../context/suppression.ts';
import { SDK_VERSION } from '../../../version.ts';
import { CurrentInstruments } from '../../current-instruments.ts';
import { type HeaderCapture, headerCapture } from './captured-headers.ts';
import { HTTP_CLIENT_OPTIONS, type HttpClientOptions, type OutgoingRequest } from './client-options.ts';
import { ClientRequest } from './client-request.ts';
import { recordedMethod } from './known-methods.ts';
import { redactedQuery } from './query-redaction.ts';
import { DURATION_BOUNDARIES } from './server-metrics.ts';

/** Starts the spans of the requests that a program sends. One per instrumented library. */
export class ClientTelemetry {
  readonly #tracer: Tracer;
  readonly #options: HttpClientOptions;
  readonly #captureHeaders: HeaderCapture | undefined;
  readonly #duration: CurrentInstruments<Histogram>;

  /** Throws an `OptionError` that names the invalid option. */
  constructor(scope: string, options: HttpClientOptions = {}) {
    const { tracerProvider, responseHeaders } = known(options, HTTP_CLIENT_OPTIONS);
    this.#tracer = (tracerProvider ?? trace).getTracer(scope, SDK_VERSION);
    this.#duration = new CurrentInstruments(scope, options.meterProvider, (meter) =>
      meter.createHistogram('http.client.request.duration', {
        description: 'Duration of HTTP client requests.',
        unit: 's',
        advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
      }),
    );
    this.#options = options;
    this.#captureHeaders = headerCapture('response', responseHeaders);
  }

  /**
   * Starts a request's span and adds the headers of its context to the carrier. Returns `undefined` if the request is
   * ignored.
   */
  start<T>(request: OutgoingRequest, carrier: T, setter: TextMapSetter<T>): ClientRequest | undefined {
    const active = contextApi.active();
    if (isSuppressed(active) || !URL.canParse(request.url) || this.#isIgnored(request)) return undefined;
    const url = new URL(request.url);
    const method = recordedMethod(request.method);
    const attributes: Record<string, AttributeValue | undefined> = {
      'http.request.method': method.method,
      'http.request.method_original': method.original,
      'server.address': url.hostname.replace(/^\[(.*)\]$/, '$1'),
      'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      'url.full': fullUrl(url),
      ...this.#custom(request),
    };
    const span = this.#tracer.startSpan(method.spanName, { kind: SpanKind.CLIENT, attributes }, active);
    const context = trace.setSpan(active, span);
    propagation.inject(context, carrier, setter);
    const dimensions = {
      'http.request.method': method.method,
      'server.address': attributes['server.address'],
      'server.port': attributes['server.port'],
    };
    return new ClientRequest(span, context, dimensions, this.#duration.get(), this.#captureHeaders);
  }

  #isIgnored(request: OutgoingRequest): boolean {
    return this.#options.ignore?.(request) ?? false;
  }

  #custom(request: OutgoingRequest): Attributes | undefined {
    try {
      return this.#options.attributes?.(request);
    } catch {
      return undefined;
    }
  }
}

/** Returns a URL without its fragment and credentials (semantic conventions, "URL", `url.full`). */
function fullUrl(url: URL): string {
  const credentials = url.username === '' && url.password === '' ? '' : 'REDACTED:REDACTED@';
  const query = url.search === '' ? '' : `?${redactedQuery(url.search.slice(1))}`;
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${query}`;
}
