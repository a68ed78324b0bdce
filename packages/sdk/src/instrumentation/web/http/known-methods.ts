/** A request's method as the semantic conventions record it. */
export interface RecordedMethod {
  /** `http.request.method`: the method, or `_OTHER` if it is not a known one. */
  readonly method: string;
  /** `http.request.method_original`, for unknown methods only. */
  readonly original: string | undefined;
  /** What the span's name starts with. */
  readonly spanName: string;
}

/**
 * Returns how to record a method. Unknown ones share one value, so that clients cannot create many series (semantic
 * conventions, "HTTP", `http.request.method`).
 */
export function recordedMethod(method: string | undefined): RecordedMethod {
  const name = method || 'GET';
  return KNOWN.get(name) ?? { method: '_OTHER', original: name, spanName: 'HTTP' };
}

const NAMES = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'];
const KNOWN = new Map<string, RecordedMethod>(
  NAMES.map((method) => [method, { method, original: undefined, spanName: method }]),
);
