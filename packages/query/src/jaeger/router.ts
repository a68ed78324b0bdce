import { jsonResponse } from '../api/json.ts';
import type { TraceContext, TraceHandler } from '../traceql/request.ts';
import { dependencies } from './handlers/dependencies.ts';
import * as metrics from './handlers/metrics.ts';
import { operationNames, operations, services } from './handlers/services.ts';
import { trace, traces } from './handlers/traces.ts';
import * as v3 from './handlers/v3.ts';
import { JaegerProblem, jaegerProblemOf } from './problem.ts';

/** The path below which the API is served. */
export const JAEGER_PATH = '/jaeger';

/** The endpoints by their path below `/jaeger/api`. */
const ROUTES: Readonly<Record<string, TraceHandler>> = {
  '/services': services,
  '/operations': operations,
  '/traces': traces,
  '/dependencies': dependencies,
  '/metrics/latencies': metrics.latencies,
  '/metrics/calls': metrics.calls,
  '/metrics/errors': metrics.errors,
  '/metrics/minstep': metrics.minStep,
  '/v3/services': v3.services,
  '/v3/operations': v3.operations,
  '/v3/traces': v3.traces,
  '/v3/trace-summaries': v3.summaries,
};

/** The endpoints whose path has a variable part. */
const PATTERNS: readonly (readonly [RegExp, TraceHandler])[] = [
  [/^\/services\/([^/]+)\/operations$/, operationNames],
  [/^\/traces\/([^/]+)$/, trace],
  [/^\/v3\/traces\/([^/]+)$/, v3.trace],
];

/** Handles a request to the Jaeger API. `run` limits how many queries run at the same time. */
export async function handleJaeger(
  request: Request,
  context: TraceContext,
  run: <T>(query: () => Promise<T>) => Promise<T>,
  onError: (error: unknown) => void,
): Promise<Response> {
  const url = new URL(request.url);
  // Grafana searches at the root of the address of a data source.
  const whole = url.pathname === '/api/traces' ? `${JAEGER_PATH}${url.pathname}` : url.pathname;
  const path = whole.slice(`${JAEGER_PATH}/api`.length);
  try {
    const { handle, argument } = routeOf(whole, path);
    if (request.method !== 'GET') throw new JaegerProblem(405, `expected GET, got ${request.method}`);
    const parameters = new URLSearchParams(url.search);
    return jsonResponse(await run(async () => handle({ ...context, request, parameters, argument })));
  } catch (error) {
    const problem = jaegerProblemOf(error);
    if (problem.status === 500) onError(error);
    return problem.toResponse(path.startsWith('/v3/'));
  }
}

function routeOf(whole: string, path: string): { readonly handle: TraceHandler; readonly argument: string } {
  if (!whole.startsWith(`${JAEGER_PATH}/api/`)) throw new JaegerProblem(404, `path: nothing at ${whole}`);
  const handle = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (handle !== undefined) return { handle, argument: '' };
  for (const [pattern, found] of PATTERNS) {
    const [, argument] = pattern.exec(path) ?? [];
    if (argument !== undefined) return { handle: found, argument: decoded(argument) };
  }
  throw new JaegerProblem(404, `path: nothing at ${whole}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new JaegerProblem(400, `path: invalid percent-encoding in ${JSON.stringify(text)}`);
  }
}
