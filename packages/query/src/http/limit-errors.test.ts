import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryBusyError, QueryError, QueryLimitError, type Store, StoreClosedError } from '@otelier/store';
import { createMemoryStore, startTestApi } from '@otelier/testkit';

/** Errors of a store, one of them as it comes from another thread. */
const ERRORS = [
  new QueryLimitError('the query needs more memory than it may'),
  new QueryBusyError('too many queries are running'),
  new StoreClosedError('the store is closed'),
  Object.assign(new Error('the result is larger than it may be'), { name: new QueryError('').name }),
];
const METRIC_RANGE = 'query=up&start=1&end=60&step=15';
const LOG_RANGE = 'start=1&end=60&step=15';
/** Requests to the endpoints of the four APIs that query the store. */
const REQUESTS = [
  ...[
    'query?query=up',
    `query_range?${METRIC_RANGE}`,
    'series?match[]=up',
    'labels',
    'label/job/values',
    'metadata',
  ].map((path) => `/prometheus/api/v1/${path}`),
  `/prometheus/api/v1/query_exemplars?${METRIC_RANGE}`,
  ...['query?query=rate({a="b"}[1m])', `query_range?query={a="b"}&${LOG_RANGE}`, 'labels', 'label/a/values'].map(
    (path) => `/loki/api/v1/${path}`,
  ),
  ...['query_range', 'index/stats', 'index/volume', 'index/volume_range', 'patterns', 'detected_fields'].map(
    (path) => `/loki/api/v1/${path}?query={a="b"}&${LOG_RANGE}`,
  ),
  ...['series?match[]={a="b"}', 'detected_labels', 'detected_field/a/values?query={a="b"}'].map(
    (path) => `/loki/api/v1/${path}`,
  ),
  `/loki/api/v1/query_range?query=sum(rate({service_name="a"}[1m]))&${LOG_RANGE}`,
  ...['search?q={}', 'search/tags?scope=span', 'v2/search/tags', 'search/tag/a/values', 'v2/search/tag/.a/values'].map(
    (path) => `/tempo/api/${path}`,
  ),
  ...[`traces/${'1'.repeat(32)}`, `v2/traces/${'1'.repeat(32)}`].map((path) => `/tempo/api/${path}`),
  ...['query', 'query_range'].flatMap((path) =>
    ['rate()', 'quantile_over_time(duration,.9)'].map(
      (query) => `/tempo/api/metrics/${path}?q={}|${query}&start=1&end=60`,
    ),
  ),
  ...['services', 'services/a/operations', 'operations?service=a', 'traces?service=a', 'dependencies'].map(
    (path) => `/jaeger/api/${path}`,
  ),
  ...['latencies', 'calls', 'errors'].map((path) => `/jaeger/api/metrics/${path}?service=a&quantile=0.9`),
  ...['services', 'operations?service=a', `traces/${'1'.repeat(32)}`].map((path) => `/jaeger/api/v3/${path}`),
  ...['traces', 'trace-summaries'].map(
    (path) => `/jaeger/api/v3/${path}?query.startTimeMin=2026-01-01T00:00:00Z&query.startTimeMax=2026-01-02T00:00:00Z`,
  ),
];

/** Returns a store whose queries fail. */
function failing(error: () => Error): Store {
  return new Proxy(createMemoryStore(), {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'append' || name === 'close' || name === 'health') return value;
      if (['trace', 'export', 'exportTrace', 'selectSpans', 'selectLogs'].includes(String(name))) {
        return () => ({
          [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error()), return: () => Promise.resolve() }),
        });
      }
      return () => Promise.reject(error());
    },
  });
}

/** Requires the form of errors of an API. */
async function requireForm(path: string, response: Response): Promise<void> {
  const text = await response.text();
  if (path.startsWith('/loki/') || path.startsWith('/tempo/')) {
    assert.match(String(response.headers.get('content-type')), /^text\/plain/, path);
    assert.ok(text.length > 5 && !text.startsWith('{'), text);
    return;
  }
  const body = JSON.parse(text) as Record<string, unknown>;
  if (path.startsWith('/prometheus/')) assert.equal(body['status'], 'error', path);
  else if (path.startsWith('/jaeger/api/v3/')) assert.ok('error' in body, text);
  else assert.ok(Array.isArray(body['errors']), text);
}

test('a query that the store rejects has the form of errors of its API, and never status 500', async () => {
  let current = ERRORS[0] as Error;
  await using server = await startTestApi({ memory: failing(() => current) });
  for (const error of ERRORS) {
    current = error;
    for (const path of REQUESTS) {
      const response = await fetch(server.url + encodeURI(path));
      assert.ok(response.status >= 400 && response.status !== 500, `${path}: ${error.name} ${response.status}`);
      await requireForm(path, response);
    }
  }
  assert.deepEqual(server.errors, []);
});
