import { jsonResponse } from '../../api/json.ts';
import type { PrometheusContext, PrometheusHandler } from './context.ts';
import { queryExemplars } from './handlers/exemplars.ts';
import { formatQuery, parseQuery } from './handlers/expressions.ts';
import { federate } from './handlers/federate.ts';
import { metadata } from './handlers/metadata.ts';
import { Envelope, query, queryRange } from './handlers/queries.ts';
import { read } from './handlers/read.ts';
import { alerts, rules } from './handlers/rules.ts';
import { labels, labelValues, series } from './handlers/series.ts';
import * as status from './handlers/status.ts';
import { tsdb } from './handlers/tsdb.ts';
import { write } from './handlers/write.ts';
import { readParameters } from './parameters.ts';
import { PrometheusProblem, prometheusProblemOf } from './problem.ts';

/** The path below which the API is served. */
export const PROMETHEUS_PATH = '/prometheus';

interface Route {
  readonly methods: readonly string[];
  readonly handle: PrometheusHandler;
}

const get = (handle: PrometheusHandler): Route => ({ methods: ['GET'], handle });
const both = (handle: PrometheusHandler): Route => ({ methods: ['GET', 'POST'], handle });

/** The endpoints by their path below `/prometheus`. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/api/v1/query': both(query),
  '/api/v1/query_range': both(queryRange),
  '/api/v1/query_exemplars': both(queryExemplars),
  '/api/v1/series': both(series),
  '/api/v1/labels': both(labels),
  '/api/v1/metadata': get(metadata),
  '/api/v1/format_query': both(formatQuery),
  '/api/v1/parse_query': both(parseQuery),
  '/api/v1/targets': get(status.targets),
  '/api/v1/targets/metadata': get(status.noEntries),
  '/api/v1/targets/relabel_steps': get(status.ofScrapePool),
  '/api/v1/scrape_pools': get(() => ({ scrapePools: [] })),
  '/api/v1/scrape_pools/config': get(status.ofScrapePool),
  '/api/v1/rules': get(rules),
  '/api/v1/alerts': get(alerts),
  '/api/v1/alertmanagers': get(status.alertmanagers),
  '/api/v1/status/buildinfo': get(status.buildInfo),
  '/api/v1/status/runtimeinfo': get(status.runtimeInfo),
  '/api/v1/status/config': get(status.config),
  '/api/v1/status/flags': get(status.flags),
  '/api/v1/status/tsdb': get(tsdb),
  '/api/v1/status/tsdb/blocks': get(status.blocks),
  '/api/v1/status/walreplay': get(status.walReplay),
  '/api/v1/features': get(status.features),
  '/api/v1/notifications': get(status.noEntries),
  '/api/v1/read': { methods: ['POST'], handle: read },
  '/api/v1/write': { methods: ['POST'], handle: write },
  '/federate': get(federate),
};
const LABEL_VALUES = /^\/api\/v1\/label\/([^/]*)\/values$/;

/** Handles a request to the Prometheus API. `run` limits how many queries run at the same time. */
export async function handlePrometheus(
  request: Request,
  context: PrometheusContext,
  run: <T>(query: () => Promise<T>) => Promise<T>,
  onError: (error: unknown) => void,
): Promise<Response> {
  try {
    const path = new URL(request.url).pathname.slice(PROMETHEUS_PATH.length);
    if (path === '/-/healthy' || path === '/-/ready') return new Response('otelier is ready.\n');
    const { route, argument } = routeOf(path);
    if (!route.methods.includes(request.method)) {
      const problem = new PrometheusProblem(
        'bad_data',
        `expected ${route.methods.join(' or ')}, got ${request.method}`,
        405,
      );
      return problem.toResponse();
    }
    const parameters = await readParameters(request);
    const result = await run(async () => route.handle({ ...context, request, parameters, argument }));
    return result instanceof Response ? result : success(result);
  } catch (error) {
    const problem = prometheusProblemOf(error);
    if (problem.type === 'internal') onError(error);
    return problem.toResponse();
  }
}

function routeOf(path: string): { readonly route: Route; readonly argument: string } {
  const [, name] = LABEL_VALUES.exec(path) ?? [];
  if (name !== undefined) return { route: get(labelValues), argument: decoded(name) };
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined) throw new PrometheusProblem('not_found', `path: nothing at ${PROMETHEUS_PATH}${path}`);
  return { route, argument: '' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new PrometheusProblem('bad_data', `invalid label name: ${JSON.stringify(text)}`);
  }
}

function success(result: unknown): Response {
  const { data, warnings, infos } = result instanceof Envelope ? result : new Envelope(result, []);
  return jsonResponse({
    status: 'success',
    data,
    ...(warnings.length > 0 && { warnings }),
    ...(infos.length > 0 && { infos }),
  });
}
