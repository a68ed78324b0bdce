import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { generateQuery } from '@otelier/testkit/traceql/queries';
import { generateTraces, tracesRequest } from '@otelier/testkit/traceql/traces';

const PATHS = {
  tempo: [
    ...['search', 'search/tags', 'v2/search/tags', 'metrics/query', 'metrics/query_range', 'traces/X', 'v2/traces/X'],
    ...['search/tag/X/values', 'v2/search/tag/X/values', 'echo'],
  ],
  jaeger: [
    ...['services', 'services/X/operations', 'operations', 'traces', 'traces/X', 'dependencies', 'metrics/latencies'],
    ...[
      'metrics/calls',
      'metrics/errors',
      'metrics/minstep',
      'v3/services',
      'v3/operations',
      'v3/traces',
      'v3/traces/X',
    ],
  ],
} as const;
const NAMES = [
  ...[
    'q',
    'query',
    'tags',
    'tag',
    'minDuration',
    'maxDuration',
    'limit',
    'spss',
    'start',
    'end',
    'since',
    'step',
    'exemplars',
  ],
  ...[
    'scope',
    'service',
    'operation',
    'spanKind',
    'lookback',
    'traceID',
    'endTs',
    'ratePer',
    'quantile',
    'groupByOperation',
  ],
  ...['query.serviceName', 'query.startTimeMin', 'query.startTimeMax', 'query.searchDepth', 'query.attributes'],
];
const VALUES = [
  ...[
    '',
    '0',
    '-1',
    '1',
    '99999999999999999999',
    '1e308',
    'NaN',
    '1700000000',
    '1700000100',
    '1h',
    '-1h',
    '9999999h',
    'x',
  ],
  ...[
    '{',
    '{}',
    '{"a":1}',
    '{"a":"b"}',
    '[]',
    'null',
    '{ .a = "b" }',
    '{} | rate()',
    '{} | compare({}, 99999)',
    'a=b c="d',
  ],
  ...['shop', 'server', '\0', '💥', '%', '../..', 'a'.repeat(5000), '2023-11-14T00:00:00Z', '__proto__', 'constructor'],
];

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const traces = generateTraces(createRandom(1), 5, 5);
  await server.store.append(batchOf('traces', tracesRequest(traces, 1_700_000_000n * 1_000_000_000n)));
});
after(() => server.shutdown(0));

test('no parameters of requests are an internal error', async () => {
  const random = createRandom(20_261_130);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  for (let round = 0; round < 800; round++) {
    const api = pick(['tempo', 'jaeger'] as const);
    const path = pick(PATHS[api]).replace('X', encodeURIComponent(pick([...VALUES, 'name', 'a'.repeat(32)])));
    const parameters = new URLSearchParams();
    for (let count = random(6); count > 0; count--) {
      parameters.append(pick(NAMES), random(6) === 0 ? generateQuery(random).text : pick(VALUES));
    }
    const request = new Request(`${server.url}/${api}/api/${path}?${parameters}`, { headers: { host: 'localhost' } });
    const response = await server.api.fetch(request);
    await response.arrayBuffer();
    assert.notEqual(response.status, 500, request.url);
  }
  assert.deepEqual(server.errors, []);
});

test('a tenant sees only its own traces', async () => {
  const headers = { 'x-scope-orgid': 'other' };
  assert.deepEqual(await (await fetch(`${server.url}/tempo/api/search?q={}`, { headers })).json(), {
    traces: [],
    metrics: { inspectedTraces: 0, completedJobs: 1, totalJobs: 1 },
  });
  assert.equal((await fetch(`${server.url}/jaeger/api/traces/${'1'.padStart(32, 'a')}`, { headers })).status, 404);
});
