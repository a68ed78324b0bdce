import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Attributes,
  type AttributeValue,
  type Context,
  context as contextApi,
  type Span,
  SpanStatusCode,
} from '@opentelemetry/api';
import { errorTypeOf } from '../../error-type.ts';
import { BodySizes } from './body-sizes.ts';
import type { HeaderCapture } from './captured-headers.ts';
import type { RecordedMethod } from './known-methods.ts';
import type { Instruments, RequestDimensions } from './server-metrics.ts';

/** What the requests of one instrumentation share. */
export interface ServerRequestHost {
  readonly countsBodies: boolean;
  readonly captureResponseHeaders: HeaderCapture | undefined;
  readonly attributes: ((request: IncomingMessage, response: ServerResponse) => Attributes | undefined) | undefined;
}

/**
 * The span and measurements of a request that a server handles. They end with the response, or when the client closes
 * the connection before.
 */
export class ServerRequest {
  /** The context in which to handle the request. */
  readonly context: Context;
  readonly span: Span;
  /** The context in which the server received the request: that of the connection. */
  readonly connectionContext: Context = contextApi.active();
  readonly #host: ServerRequestHost;
  readonly #instruments: Instruments;
  readonly #method: RecordedMethod;
  readonly #scheme: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #sizes: BodySizes | undefined;
  readonly #startMillis = performance.now();
  #route: string | undefined;
  #error: unknown;
  #errorType: string | undefined;
  #hasEnded = false;

  constructor(
    host: ServerRequestHost,
    instruments: Instruments,
    method: RecordedMethod,
    scheme: string,
    span: Span,
    context: Context,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#host = host;
    this.#instruments = instruments;
    this.#method = method;
    this.#scheme = scheme;
    this.span = span;
    this.context = context;
    this.#request = request;
    this.#response = response;
    if (host.countsBodies) this.#sizes = new BodySizes(request, response);
    (request as Handled)[SERVER_REQUEST] = this;
    (response as Handled)[SERVER_REQUEST] = this;
    instruments.addActive(1, method.method, scheme);
    response.on('close', endOnClose);
  }

  /** Returns the request's span and measurements, or `undefined` if it is not instrumented. */
  static of(request: object): ServerRequest | undefined {
    return (request as Handled)[SERVER_REQUEST];
  }

  /** Sets the route, such as `/users/:id`. The last one wins: routers call this from the outer to the inner route. */
  setRoute(route: string): void {
    this.#route = route;
  }

  /** Records an error that the handler threw or passed on. Recording the same one again has no effect. */
  recordError(error: unknown): void {
    if (this.#hasEnded || error === undefined || error === null || error === this.#error) return;
    this.#error = error;
    this.#errorType = errorTypeOf(error);
    this.span.recordException(error as Error);
  }

  /** Ends the request. Later calls have no effect. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { span } = this;
    const response = this.#response;
    const isComplete = response.writableFinished;
    const statusCode = response.headersSent || isComplete ? response.statusCode : undefined;
    const isError = !isComplete || (statusCode !== undefined && statusCode >= 500);
    const errorType = isError ? (this.#errorType ?? (isComplete ? String(statusCode) : 'ECONNRESET')) : undefined;
    const dimensions: RequestDimensions = {
      method: this.#method.method,
      scheme: this.#scheme,
      protocolVersion: this.#request.httpVersion,
      route: this.#route,
      statusCode,
      errorType,
    };
    this.#instruments.addActive(-1, dimensions.method, dimensions.scheme);
    this.#instruments.recordDuration((performance.now() - this.#startMillis) / 1000, dimensions, this.context);
    if (this.#sizes !== undefined)
      this.#instruments.recordSizes(this.#sizes.requestBytes, this.#sizes.responseBytes, dimensions, this.context);
    if (span.isRecording()) this.#complete(statusCode, errorType);
    span.end();
  }

  #complete(statusCode: number | undefined, errorType: string | undefined): void {
    const { span } = this;
    const response = this.#response;
    if (this.#route !== undefined) {
      span.updateName(`${this.#method.spanName} ${this.#route}`);
      span.setAttribute('http.route', this.#route);
    }
    if (statusCode !== undefined) span.setAttribute('http.response.status_code', statusCode);
    if (errorType !== undefined) {
      span.setAttribute('error.type', errorType);
      const message = this.#error instanceof Error ? this.#error.message : undefined;
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    if (this.#host.captureResponseHeaders !== undefined) {
      const headers: Record<string, AttributeValue | undefined> = {};
      this.#host.captureResponseHeaders(response.getHeaders(), headers);
      span.setAttributes(headers);
    }
    if (this.#sizes !== undefined) {
      span.setAttribute('http.request.body.size', this.#sizes.requestBytes);
      span.setAttribute('http.response.body.size', this.#sizes.responseBytes);
    }
    if (this.#host.attributes !== undefined) span.setAttributes(this.#custom(this.#host.attributes) ?? {});
  }

  #custom(attributes: NonNullable<ServerRequestHost['attributes']>): Attributes | undefined {
    try {
      return attributes(this.#request, this.#response);
    } catch {
      return undefined;
    }
  }
}

/** One listener for all requests, which is not a closure. */
function endOnClose(this: ServerResponse): void {
  (this as Handled)[SERVER_REQUEST]?.end();
}

/** Shared by copies of this package, so that a request never has two spans. */
const SERVER_REQUEST: unique symbol = Symbol.for('@otelier/sdk/http-server-request') as never;

interface Handled {
  [SERVER_REQUEST]?: ServerRequest;
}
