import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { expected } from '../../../client/expected.ts';
import { FUNCTION, has, type NamesOf } from '../../../client/known-options.ts';

/** Options of the instrumentations of HTTP servers. */
export interface HttpServerOptions<Request = IncomingMessage, Response = ServerResponse> {
  /** Default: the provider that is registered with the OpenTelemetry API. The same applies to `meterProvider`. */
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
  /**
   * Requests without a span and measurements: paths, or a function that returns `true` for them. Spans that they would
   * start are suppressed. Default: `DEFAULT_IGNORED_PATHS`, the usual paths of health checks.
   */
  readonly ignore?: readonly string[] | ((request: Request) => boolean);
  /** Names of request headers to record as `http.request.header.<name>`. Default: none. */
  readonly requestHeaders?: readonly string[];
  /** Names of response headers to record as `http.response.header.<name>`. Default: none. */
  readonly responseHeaders?: readonly string[];
  /** Counts the bytes of both bodies, as attributes and metrics. Default `false`. */
  readonly bodySizes?: boolean;
  /**
   * Sends the trace context to the client in a `Server-Timing` header, so that a page can link its own spans to it.
   * Default `false`.
   */
  readonly serverTiming?: boolean;
  /** Returns additional attributes for the span of a request that ends. An error that it throws is ignored. */
  readonly attributes?: (request: Request, response: Response) => Attributes | undefined;
}

/** Paths of health checks, which would otherwise outnumber the requests of users. */
export const DEFAULT_IGNORED_PATHS: readonly string[] = [
  '/health',
  '/health/live',
  '/health/ready',
  '/healthz',
  '/livez',
  '/readyz',
];

const FLAG = expected('true or false', (value) => typeof value === 'boolean');
const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string');
/** A list of header names. */
export const HEADER_NAMES = expected('a list of header names', isTexts);

/** The checks of `HttpServerOptions`. */
export const HTTP_SERVER_OPTIONS = {
  tracerProvider: expected('a tracer provider', (value) => has(value, 'getTracer')),
  meterProvider: expected('a meter provider', (value) => has(value, 'getMeter')),
  ignore: expected('a list of paths, or a function', (value) => typeof value === 'function' || isTexts(value)),
  requestHeaders: HEADER_NAMES,
  responseHeaders: HEADER_NAMES,
  bodySizes: FLAG,
  serverTiming: FLAG,
  attributes: FUNCTION,
} satisfies NamesOf<HttpServerOptions>;
