import {
  type Attributes,
  type AttributeValue,
  type Context,
  type Histogram,
  type Span,
  SpanStatusCode,
} from '@opentelemetry/api';
import { errorTypeOf } from '../../error-type.ts';
import type { HeaderCapture } from './captured-headers.ts';

/** What an instrumentation knows when the head of a response arrives. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly protocolVersion?: string | undefined;
}

/** The span and measurement of a request that a program sends. They end with the response. */
export class ClientRequest {
  readonly span: Span;
  readonly #context: Context;
  readonly #dimensions: Attributes;
  readonly #duration: Histogram;
  readonly #captureHeaders: HeaderCapture | undefined;
  readonly #startMillis = performance.now();
  #protocolVersion: string | undefined;
  #statusCode: number | undefined;
  #hasEnded = false;

  constructor(
    span: Span,
    context: Context,
    dimensions: Attributes,
    duration: Histogram,
    captureHeaders: HeaderCapture | undefined,
  ) {
    this.span = span;
    this.#context = context;
    this.#dimensions = dimensions;
    this.#duration = duration;
    this.#captureHeaders = captureHeaders;
  }

  /** Records the peer of the connection. */
  connected(address: string | undefined, port: number | undefined): void {
    if (address !== undefined) this.span.setAttribute('network.peer.address', address);
    if (port !== undefined) this.span.setAttribute('network.peer.port', port);
  }

  /** Records the head of the response. */
  respond({ statusCode, headers, protocolVersion }: ResponseHead): void {
    this.#statusCode = statusCode;
    this.#protocolVersion = protocolVersion;
    this.span.setAttribute('http.response.status_code', statusCode);
    if (protocolVersion !== undefined) this.span.setAttribute('network.protocol.version', protocolVersion);
    if (this.#captureHeaders === undefined) return;
    const attributes: Record<string, AttributeValue | undefined> = {};
    this.#captureHeaders(headers, attributes);
    this.span.setAttributes(attributes);
  }

  /** Ends the request. Later calls have no effect. A status of 400 and above is an error, unlike on servers. */
  end(): void {
    const status = this.#statusCode;
    this.#end(status !== undefined && status >= 400 ? String(status) : undefined);
  }

  /** Ends the request with an error of the network or of the program, such as an abort. */
  fail(error: unknown): void {
    if (this.#hasEnded) return;
    const message = error instanceof Error ? error.message : String(error);
    this.span.recordException(error as Error);
    this.#end(errorTypeOf(error), message);
  }

  #end(errorType: string | undefined, message?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (errorType !== undefined) {
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    const attributes: Record<string, AttributeValue | undefined> = { ...this.#dimensions };
    if (this.#statusCode !== undefined) attributes['http.response.status_code'] = this.#statusCode;
    if (this.#protocolVersion !== undefined) attributes['network.protocol.version'] = this.#protocolVersion;
    if (errorType !== undefined) attributes['error.type'] = errorType;
    this.#duration.record((performance.now() - this.#startMillis) / 1000, attributes, this.#context);
    this.span.end();
  }
}
