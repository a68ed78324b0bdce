import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { isSuppressed } from '../context/suppression.ts';
import { SDK_VERSION } from '../version.ts';

/** Options for the requests of a page. */
export interface PageRequestOptions {
  readonly tracerProvider: TracerProvider;
  /**
   * Origins besides the page's own to which the `traceparent` header is sent, or patterns of URLs. Their servers must
   * allow the header (CORS). Default: none.
   */
  readonly propagateTo?: readonly (string | RegExp)[];
  /** Returns `true` for URLs whose requests are not recorded. */
  readonly ignore?: (url: string) => boolean;
}

/** Starts the spans of the requests that a page sends (semantic conventions, "HTTP"). */
export class PageRequests {
  readonly #tracer: Tracer;
  readonly #options: PageRequestOptions;

  constructor(scope: string, options: PageRequestOptions) {
    this.#tracer = options.tracerProvider.getTracer(scope, SDK_VERSION);
    this.#options = options;
  }

  /** Starts a span and calls `send` with its `traceparent` header, if the server may receive it. */
  start(method: string, address: string, setHeader: (name: string, value: string) => void): Span | undefined {
    const active = context.active();
    const url = URL.canParse(address, location.href) ? new URL(address, location.href) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || isSuppressed(active)) return undefined;
    const { href, protocol, hostname } = url;
    if (this.#options.ignore?.(href)) return undefined;
    const name = method.toUpperCase();
    const isKnown = METHODS.has(name);
    const span = this.#tracer.startSpan(
      isKnown ? name : 'HTTP',
      {
        kind: CLIENT,
        attributes: {
          'http.request.method': isKnown ? name : '_OTHER',
          'http.request.method_original': isKnown ? undefined : method,
          'url.full': withoutCredentials(url),
          'server.address': hostname,
          'server.port': Number(url.port) || (protocol === 'https:' ? 443 : 80),
        },
      },
      parentOf(active),
    );
    if (this.#mayPropagate(url)) {
      const { traceId, spanId, traceFlags } = span.spanContext();
      setHeader('traceparent', `00-${traceId}-${spanId}-0${(traceFlags & 1).toString()}`);
    }
    return span;
  }

  #mayPropagate({ origin, href }: URL): boolean {
    const { propagateTo = [] } = this.#options;
    return (
      origin === location.origin ||
      propagateTo.some((each) => (typeof each === 'string' ? each === origin : each.test(href)))
    );
  }
}

/** Ends the span of a request that received a response. */
export function endWithStatus(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 400) span.setAttribute('error.type', String(status)).setStatus({ code: ERROR });
  span.end();
}

/** Ends the span of a request that received none. */
export function endWithError(span: Span, type: string, message: string): void {
  span.setAttribute('error.type', type).setStatus({ code: ERROR, message }).end();
}

/** Sets the span that contains the requests of the page, such as an interaction, until the function is called. */
export function enter(span: Span): () => void {
  current = span;
  return () => {
    if (current === span) current = undefined;
  };
}

/** Pages cannot follow the active context across promises. */
function parentOf(active: Context): Context {
  return trace.getSpan(active) === undefined && current !== undefined ? trace.setSpan(ROOT_CONTEXT, current) : active;
}

let current: Span | undefined;

function withoutCredentials(url: URL): string {
  const copy = new URL(url);
  copy.hash = '';
  if (copy.username) copy.username = 'REDACTED';
  if (copy.password) copy.password = 'REDACTED';
  for (const name of SECRETS) if (copy.searchParams.has(name)) copy.searchParams.set(name, 'REDACTED');
  return copy.href;
}

const SECRETS = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Goog-Signature',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'X-Amz-Credential',
];
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY']);
// Copies of the API's enum values, so that bundles need not include the enums.
const CLIENT = 2;
const ERROR = 2;
