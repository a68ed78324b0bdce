import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from '@hono/zod-openapi';
import { QueryError } from '@otelier/store/contract';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { keyValues, type LogRecordJson, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type * as api from '../api/api.ts';
import { tracesResponse } from '../api/populations.ts';
import * as schemas from '../api/schemas.ts';

const START = 1_700_000_000_000;
const END = START + 600_000;
const RANGE = `start=${START}&end=${END}`;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const nanos = (millis: number, more = 0): string => `${BigInt(START + millis) * 1_000_000n + BigInt(more)}`;

let server: TestApi;
before(async () => {
  const sql = {
    query: async ({ statement, maxRows = 0 }: { statement: string; maxRows?: number }) => {
      if (statement.startsWith('DROP')) throw new QueryError('statement: expected a query, got DROP');
      const rows = Array.from({ length: Math.min(maxRows, 2000) }, (_, i) => [
        i,
        '9007199254740993',
        { nested: [null] },
      ]);
      const columns = ['n', 'big', 'json'].map((name) => ({ name, type: 'X' }));
      return { columns, rows, truncated: maxRows < 2000, elapsedMillis: 1.5 };
    },
  };
  server = await startTestApi({ memory: createMemoryStore({ sql }) });
  await fill(server);
});
after(() => server.shutdown(0));

async function fill({ store }: TestApi): Promise<void> {
  const resource = { attributes: keyValues({ 'service.name': 'shop', 'service.version': '1.2.3' }) };
  const spans: SpanJson[] = Array.from({ length: 10 }, (_, i) => ({
    traceId: i === 0 ? traceId : `${i}`.padStart(32, 'a'),
    spanId: `${i}`.padStart(16, 'b'),
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: nanos(i * 60_000, 123),
    endTimeUnixNano: nanos(i * 60_000 + 250, 123),
    attributes: keyValues({
      'http.route': '/cart',
      big: 9007199254740993n,
      ratio: Number.NaN,
      raw: new Uint8Array([1, 2]),
    }),
    events: [{ timeUnixNano: nanos(i * 60_000 + 1), name: 'cache.miss', attributes: keyValues({ key: 'k' }) }],
    links: [{ traceId, spanId: '00f067aa0ba902b7', attributes: keyValues({ n: 1 }) }],
    status: i === 3 ? { code: 2, message: 'boom' } : {},
  }));
  await store.append(
    batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'http' }, spans }] }] }),
  );
  const logRecords: LogRecordJson[] = Array.from({ length: 25 }, (_, i) => ({
    timeUnixNano: nanos(i * 1000, 7),
    severityNumber: i % 5 === 0 ? 17 : 9,
    body: { stringValue: `message ${i}` },
    attributes: keyValues({ i }),
    ...(i === 4 && { traceId, spanId: '00f067aa0ba902b7' }),
  }));
  await store.append(
    batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'log' }, logRecords }] }] }),
  );
  const dataPoints = Array.from({ length: 10 }, (_, i) => ({
    timeUnixNano: nanos(i * 60_000),
    asDouble: i,
    attributes: keyValues({ pool: i % 2 === 0 ? 'a' : 'b' }),
    exemplars: i === 0 ? [{ timeUnixNano: nanos(5), asDouble: 0.5, traceId, spanId: '00f067aa0ba902b7' }] : [],
  }));
  const metrics = [{ name: 'pool.size', unit: '{connection}', gauge: { dataPoints } }];
  await store.append(batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }));
}

/** Sends a request and validates the response against its strict schema. */
async function ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(`${server.url}/api/v1${path}`);
  assert.equal(response.status, 200, await response.clone().text());
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const body = (await response.json()) as T;
  assert.deepEqual(schema.parse(body), body);
  return body;
}

async function problem(path: string, init?: RequestInit): Promise<{ status: number; code: string; message: string }> {
  const response = await fetch(`${server.url}/api/v1${path}`, init);
  const body = schemas.apiError.parse(await response.json());
  return { status: response.status, ...body.error };
}

describe('responses', () => {
  test('returns status and pipeline of the host', async () => {
    assert.equal((await ask('/status', schemas.status)).version, '0.1.0');
    assert.equal((await ask('/pipeline', schemas.pipelineGraph)).nodes[0]?.id, 'receiver:otlp');
  });

  test('services', async () => {
    const { services } = await ask(`/services?${RANGE}`, schemas.servicesResponse);
    assert.deepEqual(services, [
      {
        service: 'shop',
        version: '1.2.3',
        requests: 10,
        errors: 1,
        p50: 250e6,
        p95: 250e6,
        p99: 250e6,
        spans: 10,
        logs: 25,
        lastSeenNanos: nanos(540_000, 123),
      },
    ]);
  });

  test('RED has an axis in milliseconds, and gaps are null', async () => {
    const red = await ask(`/red?${RANGE}&steps=20&group_by=service`, schemas.redResponse);
    assert.deepEqual([red.stepMillis, red.timesMillis.length, red.timesMillis[1]], [30_000, 20, START + 30_000]);
    assert.deepEqual(red.series[0]?.requests.slice(0, 4), [1, 0, 1, 0]);
    assert.deepEqual(red.series[0]?.p95.slice(0, 2), [250e6, null]);
  });

  test('RED of nothing keeps its axis', async () => {
    const red = await ask(`/red?${RANGE}&steps=5&service=unknown`, schemas.redResponse);
    assert.deepEqual([red.series, red.timesMillis.length], [[], 5]);
  });

  test('heat map, routes and errors', async () => {
    const heat = await ask(`/heatmap?${RANGE}&steps=10`, schemas.heatmapResponse);
    assert.equal(
      heat.counts.flat().reduce((a, b) => a + b),
      10,
    );
    const { routes } = await ask(`/routes?${RANGE}&service=shop&limit=5`, schemas.routesResponse);
    assert.deepEqual([routes[0]?.name, routes[0]?.calls, routes[0]?.timeShare], ['GET /cart', 10, 1]);
    const { errors } = await ask(`/errors?${RANGE}&steps=10`, schemas.errorsResponse);
    assert.deepEqual(
      [errors[0]?.message, errors[0]?.count, errors[0]?.firstSeenNanos],
      ['boom', 1, nanos(180_000, 123)],
    );
  });

  test('traces are searched by conditions, text, order and limit', async () => {
    const where = encodeURIComponent('status = error');
    const { total, traces } = await ask(
      `/traces?${RANGE}&where=${where}&where=${encodeURIComponent('duration > 200ms')}`,
      tracesResponse,
    );
    assert.deepEqual(
      [total, traces[0]?.startNanos, traces[0]?.error],
      [1, nanos(180_000, 123), { service: 'shop', type: '', message: 'boom' }],
    );
    assert.equal((await ask(`/traces?${RANGE}&text=CART&order=duration&limit=3`, tracesResponse)).traces.length, 3);
    assert.equal(
      (await ask(`/traces?${RANGE}&where=${encodeURIComponent('duration > 300ms')}`, tracesResponse)).total,
      0,
    );
    const columns = 'column=attributes.big&column=resource.service.version&column=attributes.constructor';
    const [first] = (await ask(`/traces?${RANGE}&limit=1&${columns}`, tracesResponse)).traces;
    assert.deepEqual(first?.columns, ['9007199254740993', '1.2.3', '']);
    assert.match((await problem(`/traces?${RANGE}&column=name`)).message, /^column: expected attributes\.KEY or/);
  });

  test('a trace keeps exact times, and what JSON has no number for becomes text', async () => {
    const { spans } = await ask(`/traces/${traceId.toUpperCase()}`, schemas.traceResponse);
    assert.deepEqual(spans[0]?.startNanos, nanos(0, 123));
    assert.deepEqual(spans[0]?.attributes, {
      'http.route': '/cart',
      big: '9007199254740993',
      ratio: 'NaN',
      raw: { bytes: 'AQI=' },
    });
    assert.deepEqual(spans[0]?.events, [{ timeNanos: nanos(1), name: 'cache.miss', attributes: { key: 'k' } }]);
    assert.deepEqual(spans[0]?.links, [{ traceId, spanId: '00f067aa0ba902b7', attributes: { n: 1 } }]);
  });

  test('one span of a trace by its id', async () => {
    const one = await ask(`/traces/${traceId}?span_id=${'0'.padStart(16, 'b')}`, schemas.traceResponse);
    assert.equal(one.spans.length, 1);
    assert.equal((await problem(`/traces/${traceId}?span_id=${'a'.repeat(16)}`)).status, 404);
  });

  test('the outline of a trace comes in lines of columns', async () => {
    const response = await fetch(`${server.url}/api/v1/traces/${traceId}/outline`);
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => schemas.traceOutlineLine.parse(JSON.parse(line)));
    assert.deepEqual(lines, [
      { kind: 'head', startNanos: nanos(0, 123), durationNanos: 250e6, spanCount: 1, errorCount: 0 },
      {
        kind: 'operations',
        operations: [{ service: 'shop', name: 'GET /cart', spanKind: 'SERVER', statusCode: 'UNSET' }],
      },
      {
        ...{ kind: 'spans', spanIds: '0'.padStart(16, 'b'), parentSpanIds: '0'.repeat(16) },
        ...{ operations: [0], offsets: [0], durations: [250e6], events: [[0, 1e6 - 123, 0]] },
      },
    ]);
    assert.equal((await problem(`/traces/${'c'.repeat(32)}/outline`)).status, 404);
  });

  test('spans of a trace by a text in them', async () => {
    const find = (text: string) => ask(`/traces/${traceId}/matches?text=${text}`, schemas.traceMatchesResponse);
    assert.equal((await find('CART')).spanIds, '0'.padStart(16, 'b'));
    assert.equal((await find('nowhere')).spanIds, '');
  });

  test('logs page by page to the end', async () => {
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const after = next === '' ? '' : `&after=${next}`;
      const page: api.LogsResponse = await ask(`/logs?${RANGE}&limit=10&order=oldest${after}`, schemas.logsResponse);
      seen.push(...page.logs.map(({ body }) => body));
      ({ next } = page);
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, i) => `message ${i}`),
    );
  });

  test('a page that ends exactly at the end says so', async () => {
    assert.equal((await ask(`/logs?${RANGE}&limit=25`, schemas.logsResponse)).next, undefined);
    assert.notEqual((await ask(`/logs?${RANGE}&limit=24`, schemas.logsResponse)).next, undefined);
  });

  test('logs of a trace, histogram and facets by level', async () => {
    assert.equal(
      (await ask(`/logs?${RANGE}&trace_id=${traceId}&span_id=00f067aa0ba902b7`, schemas.logsResponse)).logs.length,
      1,
    );
    const histogram = await ask(`/logs/histogram?${RANGE}&steps=10`, schemas.logHistogramResponse);
    assert.deepEqual([histogram.total, histogram.severities.error[0], histogram.severities.info[0]], [25, 5, 20]);
    const { facets } = await ask(`/logs/facets?${RANGE}&field=severity&field=service`, schemas.facetsResponse);
    assert.deepEqual(facets, [
      {
        field: 'severity',
        values: [
          { value: 'info', count: 20 },
          { value: 'error', count: 5 },
        ],
      },
      { field: 'service', values: [{ value: 'shop', count: 25 }] },
    ]);
    const keys = await ask(`/attributes?${RANGE}&signal=logs`, schemas.facetsResponse);
    assert.deepEqual(keys.facets[0]?.values, [{ value: 'i', count: 25 }]);
  });

  test('metrics, labels, values and series', async () => {
    const { metrics } = await ask(`/metrics?${RANGE}&match=pool`, schemas.metricsResponse);
    assert.deepEqual(
      metrics.map(({ name, kind, seriesCount }) => [name, kind, seriesCount]),
      [['pool.size', 'gauge', 2]],
    );
    assert.deepEqual(await ask(`/metrics/labels?${RANGE}&name=pool.size`, schemas.metricLabelsResponse), {
      labels: [{ key: 'pool', values: 2 }],
    });
    const { values } = await ask(`/metrics/labels?${RANGE}&name=pool.size&key=pool`, schemas.metricLabelValuesResponse);
    assert.deepEqual(
      values.map(({ value }) => value),
      ['a', 'b'],
    );
    const series = await ask(
      `/metrics/series?${RANGE}&name=pool.size&aggregate=max&group_by=pool&steps=10`,
      schemas.metricSeriesResponse,
    );
    assert.equal(series.unit, '{connection}');
    assert.equal(series.total, series.series.length);
    const first = await ask(
      `/metrics/series?${RANGE}&name=pool.size&aggregate=max&group_by=pool&steps=10&limit=1`,
      schemas.metricSeriesResponse,
    );
    assert.deepEqual([first.series.length, first.total], [1, series.total]);
    const [a] = series.series.filter(({ labels }) => labels['pool'] === 'a');
    assert.deepEqual(a?.values.slice(0, 3), [0, null, 2]);
    assert.deepEqual(a?.exemplars, [{ timeMillis: START + 5, value: 0.5, traceId, spanId: '00f067aa0ba902b7' }]);
  });

  test('streams a long SQL result', async () => {
    const sql = async (body: object) => {
      const response = await fetch(`${server.url}/api/v1/sql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return schemas.sqlResponse.parse(await response.json());
    };
    const short = await sql({ statement: 'SELECT 1', maxRows: 2 });
    assert.deepEqual(
      [short.rows, short.truncated],
      [
        [
          [0, '9007199254740993', { nested: [null] }],
          [1, '9007199254740993', { nested: [null] }],
        ],
        true,
      ],
    );
    const long = await sql({ statement: 'SELECT 1', maxRows: 2000 });
    assert.deepEqual([long.rows.length, long.rows[1999]?.[0], long.truncated], [2000, 1999, false]);
  });
});

describe('errors name the invalid parameter', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      'an operator that is none',
      '/traces?where=duration+%3E%3E+5',
      /^where: expected FIELD OP VALUE such as "duration > 500ms", got "duration >> 5"$/,
    ],
    [
      'a duration without a unit',
      '/traces?where=duration+%3E+5',
      /^where: expected duration to be compared with a duration such as "500ms"/,
    ],
    ['a limit that is too high', '/logs?limit=5001', /^limit: expected a whole number from 1 to 5000, got "5001"$/],
    ['a limit that is no number', '/logs?limit=many', /^limit: expected a whole number from 1 to 5000, got "many"$/],
    ['too many steps', '/red?steps=1001', /^steps: expected a whole number from 1 to 1000, got "1001"$/],
    ['no steps', '/red?steps=0', /^steps: expected a whole number from 1 to 1000/],
    [
      'a time that is none',
      '/services?start=yesterday',
      /^start: expected milliseconds since the epoch, got "yesterday"$/,
    ],
    [
      'a range that ends before it starts',
      '/services?start=5&end=4',
      /^start: expected a time before end, which is 4, got 5$/,
    ],
    ['a parameter given twice', '/logs?limit=1&limit=2', /^limit: expected it once, got it several times$/],
    [
      'a parameter that there is not',
      '/services?where=name+%3D+x',
      /^where: unknown parameter, expected one of start, end, tenant$/,
    ],
    ['a word that is none', '/red?group_by=host', /^group_by: expected one of service, route, none, got "host"$/],
    ['a missing name', '/metrics/series', /^name: expected a value, got none$/],
    ['no field at all', '/logs/facets', /^field: expected 1 to 20 values, got 0$/],
    ['a trace id that is none', '/traces/xyz', /^traceId: expected 32 hexadecimal digits, got "xyz"$/],
    ['several mistakes at once', '/logs?limit=0&order=random', /^limit: .*\norder: /],
    ['a cursor of another kind', '/logs?after=zzz', /^after: expected the cursor/],
  ];
  for (const [what, path, message] of cases) {
    test(what, async () => {
      const response = await problem(path);
      assert.match(response.message, message);
      assert.deepEqual([response.status, response.code], [400, 'bad_request']);
    });
  }

  test('a trace that is not stored', async () => {
    const response = await problem(`/traces/${'c'.repeat(32)}`);
    assert.deepEqual(
      [response.status, response.code, response.message],
      [404, 'not_found', `traceId: no span of trace ${'c'.repeat(32)} is stored`],
    );
  });

  test('rejects an unknown path', async () => {
    const response = await problem('/nothing');
    assert.deepEqual([response.status, response.code], [404, 'not_found']);
    assert.match(response.message, /GET \/api\/v1\/nothing/);
  });

  test('reports errors in SQL and in its body', async () => {
    const post = (body: string) =>
      problem('/sql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    assert.deepEqual(await post('{"statement":"DROP TABLE spans"}'), {
      status: 400,
      code: 'bad_request',
      message: 'statement: expected a query, got DROP',
    });
    assert.match((await post('{"statement":""}')).message, /^statement: expected an SQL statement, got none$/);
    assert.match((await post('{"statement":5}')).message, /^statement: expected an SQL statement as text$/);
    assert.match(
      (await post('{"statement":"SELECT 1","maxRows":1e9}')).message,
      /^maxRows: expected a whole number from 1 to 100000$/,
    );
    assert.match(
      (await post('{"statement":"SELECT 1","rows":1}')).message,
      /^rows: unknown parameter, expected one of statement, maxRows, format, formulaSafe, tenant$/,
    );
    assert.match((await post('[]')).message, /^body: expected a JSON object, got a list$/);
    assert.match((await post('{')).message, /^body: expected JSON, got /);
    assert.deepEqual((await post(`{"statement":"${'x'.repeat(300_000)}"}`)).status, 413);
  });
});
