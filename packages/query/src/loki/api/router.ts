import { jsonResponse } from '../../api/json.ts';
import { readParameters } from '../../prometheus/api/parameters.ts';
import type { LokiContext, LokiHandler } from './context.ts';
import { detectedFields, detectedFieldValues, detectedLabels } from './handlers/detected.ts';
import { formatQuery } from './handlers/expressions.ts';
import { patterns } from './handlers/patterns.ts';
import { push } from './handlers/push.ts';
import { query, queryRange } from './handlers/queries.ts';
import { labels, labelValues, series } from './handlers/series.ts';
import { buildInfo } from './handlers/status.ts';
import { stats, volume, volumeRange } from './handlers/volume.ts';
import { LokiProblem, lokiProblemOf } from './problem.ts';

/** The path below which the API is served. */
export const LOKI_PATH = '/loki';

interface Route {
  readonly methods: readonly string[];
  readonly handle: LokiHandler;
}

const get = (handle: LokiHandler): Route => ({ methods: ['GET'], handle });
const both = (handle: LokiHandler): Route => ({ methods: ['GET', 'POST'], handle });

/** The endpoints by their path below `/loki`. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/api/v1/query': both(query),
  '/api/v1/query_range': both(queryRange),
  '/api/v1/labels': both(labels),
  '/api/v1/label': both(labels),
  '/api/v1/series': both(series),
  '/api/v1/index/stats': both(stats),
  '/api/v1/index/volume': both(volume),
  '/api/v1/index/volume_range': both(volumeRange),
  '/api/v1/patterns': both(patterns),
  '/api/v1/detected_fields': both(detectedFields),
  '/api/v1/detected_labels': both(detectedLabels),
  '/api/v1/format_query': both(formatQuery),
  '/api/v1/status/buildinfo': get(buildInfo),
  '/api/v1/push': { methods: ['POST'], handle: push },
};
/** Endpoints with a name in their path. */
const NAMED_ROUTES: readonly (readonly [RegExp, LokiHandler])[] = [
  [/^\/api\/v1\/label\/([^/]*)\/values$/, labelValues],
  [/^\/api\/v1\/detected_field\/([^/]*)\/values$/, detectedFieldValues],
];

/** Handles a request to the Loki API. `run` limits how many queries run at the same time. */
export async function handleLoki(
  request: Request,
  context: LokiContext,
  run: <T>(query: () => Promise<T>) => Promise<T>,
  onError: (error: unknown) => void,
): Promise<Response> {
  try {
    // Grafana appends `/loki` to the address of a data source, which may end in it.
    const path = new URL(request.url).pathname.slice(LOKI_PATH.length).replace(/^\/loki(?=\/)/, '');
    if (path === '/ready') return new Response('ready\n');
    const { route, argument } = routeOf(path);
    if (!route.methods.includes(request.method)) {
      return new LokiProblem(405, `expected ${route.methods.join(' or ')}, got ${request.method}`).toResponse();
    }
    const parameters = await readParameters(request);
    const result = await run(async () => route.handle({ ...context, request, parameters, argument }));
    return result instanceof Response ? result : jsonResponse(result);
  } catch (error) {
    const problem = lokiProblemOf(error);
    if (problem.status === 500) onError(error);
    return problem.toResponse();
  }
}

function routeOf(path: string): { readonly route: Route; readonly argument: string } {
  for (const [pattern, handle] of NAMED_ROUTES) {
    const [, name] = pattern.exec(path) ?? [];
    if (name !== undefined) return { route: both(handle), argument: decoded(name) };
  }
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined) throw new LokiProblem(404, `path: nothing at ${LOKI_PATH}${path}`);
  return { route, argument: '' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new LokiProblem(400, `invalid label name: ${JSON.stringify(text)}`);
  }
}
