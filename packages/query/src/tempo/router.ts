import { jsonResponse } from '../api/json.ts';
import type { TraceContext, TraceHandler } from '../traceql/request.ts';
import * as metrics from './handlers/metrics.ts';
import { search } from './handlers/search.ts';
import * as status from './handlers/status.ts';
import { tagValues, tagValuesV2 } from './handlers/tag-values.ts';
import { tags, tagsV2 } from './handlers/tags.ts';
import { trace, traceV2 } from './handlers/traces.ts';
import { TempoProblem, tempoProblemOf } from './problem.ts';

/** The path below which the API is served. */
export const TEMPO_PATH = '/tempo';

/** The endpoints by their path below `/tempo`. */
const ROUTES: Readonly<Record<string, TraceHandler>> = {
  '/ready': status.ready,
  '/api/echo': status.echo,
  '/api/status/buildinfo': status.buildInfo,
  '/api/status/version': status.version,
  '/api/search': search,
  '/api/search/tags': tags,
  '/api/v2/search/tags': tagsV2,
  '/api/metrics/query': metrics.query,
  '/api/metrics/query_range': metrics.queryRange,
};

/** The endpoints whose path has a variable part. */
const PATTERNS: readonly (readonly [RegExp, TraceHandler])[] = [
  [/^\/api\/search\/tag\/([^/]+)\/values$/, tagValues],
  [/^\/api\/v2\/search\/tag\/([^/]+)\/values$/, tagValuesV2],
  [/^\/api\/traces\/([^/]+)$/, trace],
  [/^\/api\/v2\/traces\/([^/]+)$/, traceV2],
];

/** Handles a request to the Tempo API. `run` limits how many queries run at the same time. */
export async function handleTempo(
  request: Request,
  context: TraceContext,
  run: <T>(query: () => Promise<T>) => Promise<T>,
  onError: (error: unknown) => void,
): Promise<Response> {
  try {
    const url = new URL(request.url);
    const { handle, argument } = routeOf(url.pathname.slice(TEMPO_PATH.length));
    if (request.method !== 'GET') throw new TempoProblem(405, `expected GET, got ${request.method}`);
    const parameters = new URLSearchParams(url.search);
    return jsonResponse(await run(async () => handle({ ...context, request, parameters, argument })));
  } catch (error) {
    const problem = tempoProblemOf(error);
    if (problem.status === 500) onError(error);
    return problem.toResponse();
  }
}

function routeOf(path: string): { readonly handle: TraceHandler; readonly argument: string } {
  const handle = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (handle !== undefined) return { handle, argument: '' };
  for (const [pattern, found] of PATTERNS) {
    const [, argument] = pattern.exec(path) ?? [];
    if (argument !== undefined) return { handle: found, argument: decoded(argument) };
  }
  throw new TempoProblem(404, '404 page not found');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TempoProblem(400, `invalid path: ${JSON.stringify(text)}`);
  }
}
