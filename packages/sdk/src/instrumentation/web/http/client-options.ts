import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { expected } from '../../../client/expected.ts';
import { FUNCTION, has, type NamesOf } from '../../../client/known-options.ts';
import { HEADER_NAMES } from './server-options.ts';

/** A request that a program sends. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
}

/** Options of the instrumentations of HTTP clients. */
export interface HttpClientOptions {
  /** Default: the provider that is registered with the OpenTelemetry API. The same applies to `meterProvider`. */
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
  /** Returns `true` for requests without a span, measurements and `traceparent` header. */
  readonly ignore?: (request: OutgoingRequest) => boolean;
  /** Names of response headers to record as `http.response.header.<name>`. Default: none. */
  readonly responseHeaders?: readonly string[];
  /** Returns additional attributes for the span of a request. An error that it throws is ignored. */
  readonly attributes?: (request: OutgoingRequest) => Attributes | undefined;
}

/** The checks of `HttpClientOptions`. */
export const HTTP_CLIENT_OPTIONS = {
  tracerProvider: expected('a tracer provider', (value) => has(value, 'getTracer')),
  meterProvider: expected('a meter provider', (value) => has(value, 'getMeter')),
  ignore: FUNCTION,
  responseHeaders: HEADER_NAMES,
  attributes: FUNCTION,
} satisfies NamesOf<HttpClientOptions>;
