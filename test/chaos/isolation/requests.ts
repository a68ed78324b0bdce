import type { StoredEndpoint } from './endpoints.ts';
import { END, OTHER, START, TRACE_ID } from './telemetry.ts';

/** A request that reads telemetry, without anything that names a tenant. */
export interface ReadRequest {
  /** The route or the language that the request is of, for the report. */
  readonly area: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The fields of a JSON body. */
  readonly body?: Readonly<Record<string, unknown>>;
}

const SECONDS = { start: String(START / 1000), end: String(END / 1000) };

/** Values of parameters by name. Parameters with others have a value from their schema, or none. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  start: [String(START)],
  end: [String(END)],
  traceId: [TRACE_ID],
  trace_id: [TRACE_ID],
  span_id: ['0000000000000001'],
  spanId: ['0000000000000001'],
  service: ['shop'],
  name: ['known_metric'],
  metric: ['known_metric'],
  key: ['user'],
  label: ['user'],
  field: ['attributes.user', 'service', 'attributes.http.route'],
  text: ['payment', 'GET', 'a'],
  where: ['service = shop'],
  match: ['metric'],
  id: ['payment'],
  by: ['service'],
  groupBy: ['service', 'user'],
  signal: ['traces', 'logs', 'metrics'],
  level: ['error'],
};

/** Returns requests of the JSON endpoints and streams, from their description in OpenAPI. */
export function requestsOf({ method, path, parameters }: StoredEndpoint, pick: (n: number) => number): ReadRequest {
  const values: Record<string, string> = {};
  for (const { name, isRequired, values: allowed } of parameters) {
    const known = VALUES[name] ?? allowed;
    if (known.length === 0 || (!isRequired && name !== 'start' && name !== 'end' && pick(3) === 0)) continue;
    values[name] = known[pick(known.length)] ?? '';
  }
  const area = `${method.toUpperCase()} ${path}`;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent((VALUES[name] ?? ['x'])[0] ?? 'x'));
  const query = Object.fromEntries(Object.entries(values).filter(([name]) => !path.includes(`{${name}}`)));
  return method === 'get' ? { area, path: filled, query } : { area, path: filled, query: {}, body: query };
}

/** Requests of the APIs of other servers, as a caller of its own tenant makes them. */
export const COMPATIBLE: readonly ReadRequest[] = [
  ...[
    ['/api/v1/query', { query: 'known_metric', time: SECONDS.end }],
    ['/api/v1/query', { query: 'sum(known_metric)', time: String(START / 1000 + 130) }],
    ['/api/v1/query_range', { query: '{__name__=~".+"}', ...SECONDS, step: '60' }],
    ['/api/v1/series', { 'match[]': '{__name__=~".+"}', ...SECONDS }],
    ['/api/v1/labels', SECONDS],
    ['/api/v1/label/user/values', SECONDS],
    ['/api/v1/label/__name__/values', SECONDS],
    ['/api/v1/metadata', {}],
    ['/api/v1/status/tsdb', {}],
    ['/federate', { 'match[]': '{__name__=~".+"}' }],
    ['/api/v1/query_exemplars', { query: 'known_metric', ...SECONDS }],
    ['/api/v1/rules', {}],
    ['/api/v1/alerts', {}],
  ].map(([path, query]) => compatible('/prometheus', path as string, query as Record<string, string>)),
  ...[
    ['/loki/api/v1/query_range', { query: '{service_name=~".+"}', ...SECONDS }],
    ['/loki/api/v1/query_range', { query: '{service_name="shop"} |= "payment"', ...SECONDS }],
    ['/loki/api/v1/query', { query: 'sum by (user) (count_over_time({service_name=~".+"}[10m]))', time: SECONDS.end }],
    ['/loki/api/v1/labels', SECONDS],
    ['/loki/api/v1/label/service_name/values', SECONDS],
    ['/loki/api/v1/series', { 'match[]': '{service_name=~".+"}', ...SECONDS }],
    ['/loki/api/v1/index/stats', { query: '{service_name=~".+"}', ...SECONDS }],
    ['/loki/api/v1/index/volume', { query: '{service_name=~".+"}', ...SECONDS }],
    ['/loki/api/v1/patterns', { query: '{service_name=~".+"}', ...SECONDS }],
    ['/loki/api/v1/detected_fields', { query: '{service_name=~".+"}', ...SECONDS }],
    ['/loki/api/v1/detected_labels', SECONDS],
  ].map(([path, query]) => compatible('/loki', path as string, query as Record<string, string>)),
  ...[
    [`/api/traces/${TRACE_ID}`, {}],
    [`/api/v2/traces/${TRACE_ID}`, {}],
    ['/api/search', { q: '{}', ...SECONDS }],
    ['/api/search', { q: '{ status = error } | select(span.http.route)', ...SECONDS }],
    ['/api/search/tags', SECONDS],
    ['/api/v2/search/tags', SECONDS],
    ['/api/search/tag/service.name/values', SECONDS],
    ['/api/v2/search/tag/resource.service.name/values', SECONDS],
    ['/api/metrics/query_range', { q: '{} | count_over_time() by (name)', ...SECONDS, step: '60s' }],
  ].map(([path, query]) => compatible('/tempo', path as string, query as Record<string, string>)),
  ...[
    ['/api/services', {}],
    ['/api/services/shop/operations', {}],
    ['/api/operations', { service: 'shop' }],
    [`/api/traces/${TRACE_ID}`, {}],
    ['/api/traces', { service: 'shop', start: `${START}000`, end: `${END}000` }],
    [`/api/v3/traces/${TRACE_ID}`, {}],
    ['/api/v3/services', {}],
    ['/api/dependencies', { endTs: String(END), lookback: '600000' }],
  ].map(([path, query]) => compatible('/jaeger', path as string, query as Record<string, string>)),
  { area: 'GET /api/traces', path: '/api/traces', query: { service: 'shop', start: `${START}000`, end: `${END}000` } },
];

function compatible(api: string, path: string, query: Readonly<Record<string, string>>): ReadRequest {
  return { area: `${api}${path.replace(TRACE_ID, '{traceId}')}`, path: `${api}${path}`, query };
}

/** SQL that reads telemetry, and SQL that tries to read files and state beyond it. `directory` is that of the store. */
export function sqlStatements(directory: string): readonly string[] {
  const data = `${directory}/data`;
  return [
    'select * from spans',
    'select * from logs',
    'select * from metric_points',
    'select name, count(*) from spans group by all',
    'explain select * from spans',
    `select * from read_parquet('${data}/${OTHER}/traces/**/*.parquet')`,
    `select * from '${data}/${OTHER}/logs/**/*.parquet'`,
    `select * from read_parquet('${data}/acme/../${OTHER}/traces/**/*.parquet')`,
    `select * from read_parquet('${data}/acme/traces/../../${OTHER}/logs/**')`,
    `select * from read_parquet(['${data}/${OTHER}/metrics/**'])`,
    `select * from read_blob('${data}/${OTHER}/**')`,
    `select * from read_text('${directory}/journal/**')`,
    `select * from read_csv('${directory}/journal/*/*', all_varchar=true)`,
    `select * from glob('${data}/**')`,
    `select * from parquet_metadata('${data}/${OTHER}/traces/**')`,
    `select * from parquet_kv_metadata('${data}/${OTHER}/traces/**')`,
    `select * from ${OTHER}.spans`,
    `select * from ${OTHER}.main.spans`,
    `select * from main.spans`,
    `select * from memory.main.spans`,
    `select * from temp.spans`,
    `select * from spans where tenant = '${OTHER}'`,
    `select * from query('select * from spans')`,
    `select * from query_table('spans')`,
    `with spans as (select * from read_parquet('${data}/${OTHER}/**')) select * from spans`,
    `attach '${data}/${OTHER}' as other`,
    `copy (select 1) to '${directory}/out.csv'`,
    `copy spans from '${data}/${OTHER}/traces/x.parquet'`,
    'select * from duckdb_views()',
    'select * from duckdb_settings()',
    'select * from duckdb_databases()',
    'select * from information_schema.tables',
    'select * from pragma_database_list()',
    `set allowed_directories = ['/']`,
    `select getenv('HOME')`,
    `select current_setting('allowed_directories')`,
    `install httpfs`,
    `load json`,
    `select * from sniff_csv('${directory}/store.json')`,
    `select * from read_json('${directory}/positions.json')`,
    `select * from (from spans) as s, lateral (select * from logs)`,
    `pivot spans on name`,
    `describe spans`,
    `summarize spans`,
    `call pragma_version()`,
    `select 1; select * from spans`,
    `select * from ledger_nodes`,
  ];
}

/** Returns requests by SQL. */
export function sqlRequest(statement: string): ReadRequest {
  return { area: 'POST /api/v1/sql', path: '/api/v1/sql', query: {}, body: { statement, maxRows: 1000 } };
}

/** Returns a request of an agent that calls a tool. */
export function toolRequest(name: string, values: Readonly<Record<string, unknown>>): ReadRequest {
  const params = { name, arguments: values };
  return {
    area: `tool ${name}`,
    path: '/mcp',
    query: {},
    body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
  };
}

/** Returns a batch of the requests above. */
export function batchRequest(requests: readonly ReadRequest[]): ReadRequest {
  const paths = requests
    .filter(({ path, body }) => body === undefined && path.startsWith('/api/v1/'))
    .map(({ path, query }) => `${path}?${new URLSearchParams(query)}`);
  return { area: 'POST /api/v1/batch', path: '/api/v1/batch', query: {}, body: { requests: paths } };
}
