import {
  type Attributes,
  type AttributeValue,
  type Context,
  context as contextApi,
  createContextKey,
  type Span,
  SpanStatusCode,
} from '@opentelemetry/api';
import { ChainedContext, withSpan } from '../../../context/chained-context.ts';
import { errorTypeOf } from '../../error-type.ts';
import type { CapturedHeaders, HeaderCapture } from './captured-headers.ts';
import type { RecordedMethod } from './known-methods.ts';
import type { Instruments, RequestDimensions } from './server-metrics.ts';

/** What the requests of one instrumentation share. */
export interface ServerRequestHost {
  readonly captureResponseHeaders: HeaderCapture | undefined;
}

/** How a response ended. */
export interface ResponseState {
  /** `undefined` if its head has not been sent. */
  readonly statusCode: number | undefined;
  /** Whether all of it has been sent. */
  readonly isComplete: boolean;
  readonly headers: () => CapturedHeaders;
}

/** The numbers of bytes in the bodies of a request and its response. */
export interface BodyBytes {
  readonly requestBytes: number;
  readonly responseBytes: number;
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
  readonly connectionContext: Context;
  /** Counts the bytes of the bodies. */
  sizes: BodyBytes | undefined;
  /** Returns additional attributes when the request ends. */
  attributes: (() => Attributes | undefined) | undefined;
  readonly #host: ServerRequestHost;
  readonly #instruments: Instruments;
  readonly #method: RecordedMethod;
  readonly #scheme: string;
  readonly #protocolVersion: string | undefined;
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
    protocolVersion: string | undefined,
    span: Span,
    { parent, connection }: { readonly parent: Context; readonly connection: Context },
  ) {
    this.#host = host;
    this.#instruments = instruments;
    this.#method = method;
    this.#scheme = scheme;
    this.#protocolVersion = protocolVersion;
    this.span = span;
    this.connectionContext = connection;
    this.context = new ChainedContext(withSpan(parent, span), ACTIVE, this);
    instruments.addActive(1, method.method, scheme);
  }

  /** Returns the request's span and measurements, or `undefined` if it is not instrumented. */
  static of(request: object): ServerRequest | undefined {
    return (request as Handled)[SERVER_REQUEST];
  }

  /** Returns the request that is handled in the active context. */
  static active(): ServerRequest | undefined {
    return contextApi.active().getValue(ACTIVE) as ServerRequest | undefined;
  }

  /** Makes this the result of `of` for an object that represents the request or its response. */
  attach(object: object): void {
    (object as Handled)[SERVER_REQUEST] = this;
  }

  /** The route, such as `/users/:id`. */
  get route(): string | undefined {
    return this.#route;
  }

  /** Sets the route. The last one wins: routers call this from the outer to the inner route. */
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
  end(response: ResponseState): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { span } = this;
    const { statusCode, isComplete } = response;
    const isError = !isComplete || (statusCode !== undefined && statusCode >= 500);
    const errorType = isError ? (this.#errorType ?? (isComplete ? String(statusCode) : 'ECONNRESET')) : undefined;
    const dimensions: RequestDimensions = {
      method: this.#method.method,
      scheme: this.#scheme,
      protocolVersion: this.#protocolVersion,
      route: this.#route,
      statusCode,
      errorType,
    };
    this.#instruments.addActive(-1, dimensions.method, dimensions.scheme);
    this.#instruments.recordDuration((performance.now() - this.#startMillis) / 1000, dimensions, this.context);
    if (this.sizes !== undefined) {
      const { requestBytes, responseBytes } = this.sizes;
      this.#instruments.recordSizes(requestBytes, responseBytes, dimensions, this.context);
    }
    if (span.isRecording()) this.#complete(response, errorType);
    span.end();
  }

  #complete({ statusCode, headers }: ResponseState, errorType: string | undefined): void {
    const { span } = this;
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
      const captured: Record<string, AttributeValue | undefined> = {};
      this.#host.captureResponseHeaders(headers(), captured);
      span.setAttributes(captured);
    }
    if (this.sizes !== undefined) {
      span.setAttribute('http.request.body.size', this.sizes.requestBytes);
      span.setAttribute('http.response.body.size', this.sizes.responseBytes);
    }
    if (this.attributes !== undefined) span.setAttributes(this.#custom(this.attributes) ?? {});
  }

  #custom(attributes: () => Attributes | undefined): Attributes | undefined {
    try {
      return attributes();
    } catch {
      return undefined;
    }
  }
}

/** Shared by copies of this package, like the next one. */
const ACTIVE = createContextKey('@otelier/sdk server request');
/** Shared by copies of this package, so that a request never has two spans. */
const SERVER_REQUEST: unique symbol = Symbol.for('@otelier/sdk/http-server-request') as never;

interface Handled {
  [SERVER_REQUEST]?: ServerRequest;
}
