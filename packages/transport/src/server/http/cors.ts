import type { RequestHeaders } from '../../auth.ts';
import { headerValue } from './header-value.ts';

/** Web pages that are allowed to send telemetry. Option names match the Collector's. */
export interface CorsOptions {
  /** Allowed origins, such as `https://shop.example`, `https://*.shop.example` or `*`. */
  readonly allowedOrigins: readonly string[];
  /** Request headers that pages may set, in addition to those OTLP needs; `*` for any. */
  readonly allowedHeaders?: readonly string[];
  /** Response headers that pages may read. */
  readonly exposedHeaders?: readonly string[];
  /** How long a browser may cache a preflight response. */
  readonly maxAgeSeconds?: number;
}

/** Returns the CORS headers of responses. */
export interface Cors {
  /** Returns the CORS headers for a page's request, or none if its origin is not allowed. */
  headers(request: RequestHeaders): readonly string[];
  /** Returns the headers of a preflight response, or `undefined` if the request is not a preflight. */
  preflight(request: RequestHeaders): readonly string[] | undefined;
}

/** Compiles the options. Headers are flat lists of names and values, as in `writeHead`. */
export function createCors(options: CorsOptions): Cors {
  const isAllowed = createOriginCheck(options.allowedOrigins);
  const anyOrigin = options.allowedOrigins.includes('*');
  const allowedHeaders = new Set([
    ...ALWAYS_ALLOWED,
    ...(options.allowedHeaders ?? []).map((name) => name.toLowerCase()),
  ]);
  const exposed = options.exposedHeaders ?? [];
  const originHeaders = (origin: string): string[] =>
    // Credentials are allowed only with a named origin (Fetch standard), and `sendBeacon` always sends them.
    anyOrigin
      ? ['access-control-allow-origin', '*']
      : ['access-control-allow-origin', origin, 'access-control-allow-credentials', 'true'];

  return {
    headers(request) {
      const origin = headerValue(request, 'origin');
      if (!isAllowed(origin)) return VARY_ORIGIN;
      const expose = exposed.length > 0 ? ['access-control-expose-headers', exposed.join(', ')] : [];
      return [...originHeaders(origin), ...expose, ...VARY_ORIGIN];
    },
    preflight(request) {
      const origin = headerValue(request, 'origin');
      if (origin === undefined || request['access-control-request-method'] === undefined) return undefined;
      if (!isAllowed(origin)) return VARY_PREFLIGHT;
      const requested = headerNames(headerValue(request, 'access-control-request-headers'));
      const granted = allowedHeaders.has('*') ? requested : requested.filter((name) => allowedHeaders.has(name));
      return [
        ...originHeaders(origin),
        'access-control-allow-methods',
        'POST',
        ...(granted.length > 0 ? ['access-control-allow-headers', granted.join(', ')] : []),
        ...(options.maxAgeSeconds !== undefined ? ['access-control-max-age', String(options.maxAgeSeconds)] : []),
        ...VARY_PREFLIGHT,
      ];
    },
  };
}

/** Returns a function that reports whether an origin is allowed. Origins are written as in `CorsOptions`. */
export function createOriginCheck(allowedOrigins: readonly string[]): (origin: string | undefined) => origin is string {
  const patterns = allowedOrigins.map((allowed) => allowed.toLowerCase().split('*'));
  return (origin): origin is string =>
    origin !== undefined && patterns.some((parts) => matchesParts(origin.toLowerCase(), parts));
}

/** Headers that OTLP needs or that browsers and proxies commonly add. */
const ALWAYS_ALLOWED = ['accept', 'content-type', 'content-encoding', 'x-requested-with'];
const VARY_ORIGIN: readonly string[] = ['vary', 'origin'];
const VARY_PREFLIGHT: readonly string[] = [
  'vary',
  'origin, access-control-request-method, access-control-request-headers',
];

function headerNames(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name));
}

/**
 * Reports whether an origin consists of these parts with valid characters between them. Matching each part at its
 * earliest position is sufficient; a regular expression would backtrack in polynomial time.
 */
function matchesParts(origin: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return origin === first;
  if (!origin.startsWith(first) || /[\s,]/.test(origin)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = origin.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return origin.endsWith(last) && origin.length - last.length >= at;
}
