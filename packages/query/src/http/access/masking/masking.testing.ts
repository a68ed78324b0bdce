import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Access, type AccessControl, ALLOW_ALL } from '@otelier/identity';
import type { Batch } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { batchOf } from '@otelier/testkit/request-codec';

export const CONNECTION = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };
const START = 1_700_000_000_000;
/** Values that the reader must not learn. The same telemetry has one of them in each of two stores. */
export const SECRETS = ['alice-7f3a', 'bob-91cc'] as const;

export const READER: Access = {
  ...ALLOW_ALL,
  ...{ subject: 'key:reader', kind: 'key', masked: ['enduser.*', 'session-token'] },
  can: (permission) => ['telemetry:read', 'telemetry:export', 'operations:read'].includes(permission),
};

/** The header `authorization` is `plain` for a caller who sees everything. */
const control: AccessControl = {
  authenticate: ({ headers }) => ({
    kind: 'granted',
    access: headers.get('authorization') === 'plain' ? { ...ALLOW_ALL, kind: 'key' } : READER,
  }),
  record: () => undefined,
  signIn: async () => ({ kind: 'refused', reason: 'not in this test' }),
  signOut: async () => undefined,
};

/** Returns telemetry of each signal, whose hidden attributes have a value. */
export function telemetryOf(secret: string) {
  const value = { stringValue: secret };
  const hidden = [
    { key: 'enduser.id', value },
    { key: 'session-token', value },
    { key: 'enduser', value: { kvlistValue: { values: [{ key: 'name', value }] } } },
  ];
  const attributes = [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'enduser.org', value },
  ];
  const resource = { attributes };
  const nanos = (index: number) => `${START + index * 1000}000000`;
  const items = Array.from({ length: 4 }, (_, index) => index);
  const spans = items.map((index) => ({
    ...{ traceId: `${index + 1}`.repeat(32), spanId: 'c'.repeat(16), name: 'GET /cart', kind: 2 },
    ...{ startTimeUnixNano: nanos(index), endTimeUnixNano: nanos(index + 1), attributes: hidden },
    status: { code: index === 0 ? 2 : 0 },
    events: [{ name: 'login', timeUnixNano: nanos(index), attributes: hidden }],
    links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: hidden }],
  }));
  const logRecords = items.map((index) => ({
    ...{ timeUnixNano: nanos(index), severityNumber: 9, attributes: hidden, body: { stringValue: `order ${index}` } },
  }));
  const dataPoints = items.map((index) => ({ timeUnixNano: nanos(index), asDouble: index, attributes: hidden }));
  return [
    batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
    batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
    batchOf('metrics', {
      resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'carts', gauge: { dataPoints } }] }] }],
    }),
  ];
}

export const MILLIS = `start=${START - 60_000}&end=${START + 60_000}`;
const SECONDS = `start=${START / 1000 - 60}&end=${START / 1000 + 60}`;
const text = encodeURIComponent;

/** Returns queries in each language that would show a value, or tell whether a guess is right. */
function* queriesOf(guess: string): Generator<readonly [language: string, path: string]> {
  for (const expression of [
    'carts',
    `carts{enduser_id="${guess}"}`,
    `carts{enduser_id=~"${guess.slice(0, 3)}.*"}`,
    `carts{session_token!="${guess}"}`,
    'sum by (enduser_id) (carts)',
    'count(count by (enduser_id) (carts))',
    'label_replace(carts, "x", "$1", "enduser_id", "(.*)")',
    `count(carts{enduser_id="${guess}"} > 0)`,
    'target_info',
    `carts * on (instance) group_left (enduser_org) target_info`,
  ]) {
    yield ['promql', `/prometheus/api/v1/query_range?query=${text(expression)}&${SECONDS}&step=15`];
    yield ['promql', `/prometheus/api/v1/query?query=${text(expression)}&time=${START / 1000 + 5}`];
  }
  for (const label of ['enduser_id', 'enduser_org', 'session_token', 'enduser'])
    yield ['promql', `/prometheus/api/v1/label/${label}/values?${SECONDS}`];
  yield ['promql', `/prometheus/api/v1/series?match[]=${text(`{enduser_id="${guess}"}`)}&${SECONDS}`];
  yield ['promql', `/prometheus/api/v1/series?match[]=carts&${SECONDS}`];
  for (const expression of [
    '{service_name="shop"}',
    `{service_name="shop"} | enduser_id="${guess}"`,
    `{service_name="shop"} | enduser_id=~"${guess.slice(0, 3)}.*"`,
    `{service_name="shop"} |= "${guess}"`,
    `{service_name="shop", enduser_org="${guess}"}`,
    '{service_name="shop"} | line_format "{{.enduser_id}}"',
    '{service_name="shop"} | label_format x=enduser_id',
    'sum by (enduser_id) (count_over_time({service_name="shop"}[1m]))',
    `sum(count_over_time({service_name="shop"} | session_token="${guess}" [1m]))`,
  ])
    yield ['logql', `/loki/loki/api/v1/query_range?query=${text(expression)}&${SECONDS}&step=15`];
  for (const label of ['enduser_id', 'enduser_org'])
    yield ['logql', `/loki/loki/api/v1/label/${label}/values?${SECONDS}`];
  yield ['logql', `/loki/loki/api/v1/series?match[]=${text('{service_name="shop"}')}&${SECONDS}`];
  yield ['logql', `/loki/loki/api/v1/detected_fields?query=${text('{service_name="shop"}')}&${SECONDS}`];
  yield [
    'logql',
    `/loki/loki/api/v1/detected_field/enduser_id/values?query=${text('{service_name="shop"}')}&${SECONDS}`,
  ];
  for (const query of [
    '{}',
    `{ span.enduser.id = "${guess}" }`,
    `{ .enduser.id =~ "${guess.slice(0, 3)}.*" }`,
    `{ resource.enduser.org != "${guess}" }`,
    `{ event.enduser.id = "${guess}" }`,
    `{ span.session-token = "${guess}" }`,
    '{} | select(span.enduser.id)',
    `{ .enduser.id > "${guess}" }`,
  ])
    yield ['traceql', `/tempo/api/search?q=${text(query)}&${SECONDS}`];
  for (const query of ['{} | rate() by (span.enduser.id)', `{ span.enduser.id = "${guess}" } | count_over_time()`])
    yield ['traceql', `/tempo/api/metrics/query_range?q=${text(query)}&${SECONDS}&step=15`];
  for (const tag of ['span.enduser.id', 'resource.enduser.org', '.session-token'])
    yield ['traceql', `/tempo/api/v2/search/tag/${tag}/values?${SECONDS}`];
  yield ['traceql', `/tempo/api/search?tags=${text(`enduser.id=${guess}`)}&${SECONDS}`];
  yield ['traceql', `/tempo/api/traces/${'1'.repeat(32)}`];
  const micros = `start=${START - 60_000}000&end=${START + 60_000}000`;
  yield ['jaeger', `/jaeger/api/traces?service=shop&${micros}`];
  yield ['jaeger', `/jaeger/api/traces?service=shop&tags=${text(JSON.stringify({ 'enduser.id': guess }))}&${micros}`];
  yield ['jaeger', `/jaeger/api/traces/${'1'.repeat(32)}`];
  for (const field of [
    'attributes.enduser.id',
    'resource.enduser.org',
    'attributes.session-token',
    'attributes.enduser',
  ]) {
    for (const where of [
      `${field} = ${guess}`,
      `${field} ~ ^${guess.slice(0, 3)}`,
      `service = shop or ${field} = ${guess}`,
    ]) {
      yield ['api', `/api/v1/logs?where=${text(where)}&${MILLIS}`];
      yield ['api', `/api/v1/traces?where=${text(where)}&${MILLIS}`];
      yield ['api', `/api/v1/red?where=${text(where)}&${MILLIS}`];
      yield ['api', `/api/v1/logs/histogram?where=${text(where)}&${MILLIS}`];
    }
    yield ['api', `/api/v1/logs/facets?field=${text(field)}&${MILLIS}`];
    yield ['api', `/api/v1/attributes/values?field=${text(field)}&${MILLIS}`];
    yield ['api', `/api/v1/logs/export?format=csv&column=${text(field)}&${MILLIS}`];
    yield ['api', `/api/v1/metrics/series?name=carts&by=${text(field)}&${MILLIS}`];
    yield ['api', `/api/v1/metrics/labels?name=carts&key=${text(field)}&${MILLIS}`];
  }
  for (const path of [
    'logs',
    'traces',
    'logs/patterns',
    'services',
    'errors',
    'errors/causes',
    'cost/attributes',
    'attributes',
    'service-graph',
    'heatmap/traces',
    'routes',
    'red',
    'releases',
    'metrics',
  ])
    yield ['api', `/api/v1/${path}?${MILLIS}`];
  yield ['api', `/api/v1/logs?text=${guess}&${MILLIS}`];
  yield ['api', `/api/v1/traces?text=${guess}&${MILLIS}`];
  yield ['api', `/api/v1/traces/${'1'.repeat(32)}`];
  yield ['api', `/api/v1/traces/${'1'.repeat(32)}/matches?text=${guess}`];
  yield ['api', `/api/v1/traces/${'1'.repeat(32)}/references`];
  yield ['api', `/api/v1/compare?where=${text(`attributes.enduser.id = ${guess}`)}&${MILLIS}`];
  yield ['api', `/api/v1/compare?status=error&${MILLIS}`];
  yield ['api', `/api/v1/traces/${'1'.repeat(32)}/otlp`];
  yield ['api', `/api/v1/traces/${'1'.repeat(32)}/outline`];
  yield ['api', `/api/v1/metrics/labels?name=carts&${MILLIS}`];
  for (const signal of ['traces', 'logs', 'metrics']) yield ['export', `/api/v1/export?signal=${signal}&${MILLIS}`];
  yield ['export', `/api/v1/logs/export?${MILLIS}`];
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** Makes a request as the caller that `authorization` names. */
export async function ask({ api }: TestApi, path: string, authorization = 'reader', body?: object) {
  const headers = { host: 'localhost', authorization, ...(body !== undefined && JSON_HEADERS) };
  const init = { headers, ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }) };
  const response = await api.fetch(new Request(`http://localhost${path}`, init), CONNECTION);
  return { status: response.status, text: await response.text() };
}

/** Opens the store of a test, and fills it with batches. */
export type OpenFilledStore = (batches: readonly Batch[], index: number) => Promise<Store>;

/** A part of the queries. */
export interface QueryPart {
  /** The values that queries compare with. */
  readonly guesses: readonly string[];
  /** One query in this number is taken. */
  readonly every: number;
}

const ALL_QUERIES: QueryPart = { guesses: SECRETS, every: 1 };

function partOf<T>(queries: Iterable<T>, { every }: QueryPart): readonly T[] {
  return [...queries].filter((_, index) => index % every === 0);
}

/**
 * Declares tests that no query of a language tells a reader anything about hidden attributes of a store: two stores whose telemetry differs only in
 * hidden values must give equal responses. Returns the two servers, which run during the tests.
 */
export function maskingTests(open: OpenFilledStore, part: QueryPart = ALL_QUERIES): readonly TestApi[] {
  const servers: TestApi[] = [];
  before(async () => {
    for (const [index, secret] of SECRETS.entries()) {
      const memory = await open(telemetryOf(secret), index);
      servers.push(
        await startTestApi({
          memory,
          accessControl: () => control,
          clock: { now: () => START + 60_000, monotonic: () => 0, setTimeout: () => () => undefined },
        }),
      );
    }
  });
  after(async () => {
    for (const server of servers) {
      await server.shutdown(0);
      await server.store.close();
    }
  });

  /** Asks both servers, and requires responses that are equal and contain no secret that was not asked for. */
  const compare = async (name: string, path: string, guess: string, body?: object): Promise<number> => {
    const [first, second] = await Promise.all(servers.map((server) => ask(server, path, 'reader', body)));
    const withoutTimes = (response: typeof first) =>
      response?.text.replaceAll(/"(?:execTime|\w*[tT]ime|elapsed\w*|duration\w*)":[\d.]+/g, '');
    assert.deepEqual([first?.status, withoutTimes(first)], [second?.status, withoutTimes(second)], `${name}: ${path}`);
    for (const secret of SECRETS)
      if (secret !== guess) assert.ok(first?.text.includes(secret) !== true, `${name} shows ${secret}: ${path}`);
    // The store in memory has no populations of traces.
    const isMissing = first?.text.includes('this store cannot compare or relate traces') === true;
    assert.ok((first?.status ?? 500) < 500 || isMissing, `${name}: ${path}: ${first?.text}`);
    return first?.status ?? 0;
  };

  test('no query of any language tells a reader anything about hidden attributes', async () => {
    const statuses = new Map<string, Set<number>>();
    for (const guess of part.guesses)
      for (const [language, path] of partOf(queriesOf(guess), part)) {
        const seen = statuses.get(language) ?? new Set();
        statuses.set(language, seen.add(await compare(language, path, guess)));
      }
    for (const [language, seen] of statuses) assert.ok(seen.has(200), `${language}: no query was allowed`);
    assert.deepEqual(
      servers.flatMap(({ errors }) => errors),
      [],
    );
  });

  test('the same queries show the values to a caller who may see them', async () => {
    const [server = assert.fail()] = servers;
    const shown = new Set<string>();
    for (const [language, path] of queriesOf('unrelated'))
      if (!shown.has(language) && (await ask(server, path, 'plain')).text.includes(SECRETS[0])) shown.add(language);
    assert.deepEqual([...shown].sort(), ['api', 'export', 'jaeger', 'logql', 'promql', 'traceql']);
  });

  test('what is not hidden stays, and hidden values are replaced', async () => {
    const [server = assert.fail()] = servers;
    const { text: logs } = await ask(server, `/api/v1/logs?${MILLIS}`);
    const [record] = JSON.parse(logs).logs ?? JSON.parse(logs).records;
    assert.deepEqual(
      [
        record.body,
        record.attributes['enduser.id'],
        record.attributes.enduser,
        record.resourceAttributes['enduser.org'],
      ],
      ['order 3', '***', { name: '***' }, '***'],
    );
    assert.equal(record.resourceAttributes['service.name'], 'shop');
  });
  test('SQL is refused, whatever it reads', async () => {
    for (const server of servers.filter(({ store }) => store.sql !== undefined))
      for (const statement of ['SELECT 1', 'SELECT attributes FROM logs', 'SELECT * FROM spans']) {
        const { status, text: body } = await ask(server, '/api/v1/sql', 'reader', { statement });
        assert.deepEqual([status, /SQL: expected a caller who may see all attributes/.test(body)], [403, true], body);
      }
  });
  return servers;
}
