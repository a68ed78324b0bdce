import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues, type MetricJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const START = 1_700_000_000;
const at = (seconds: number): string => `${BigInt(START + seconds) * 1_000_000_000n}`;
const MINUTES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const point = (minute: number, attributes: Record<string, string> = {}) => ({
    startTimeUnixNano: at(0),
    timeUnixNano: at(minute * 60),
    attributes: keyValues(attributes),
  });
  const metrics: MetricJson[] = [
    {
      name: 'http.server.requests',
      unit: '{request}',
      description: 'Requests served.',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: MINUTES.flatMap((i) => [
          { ...point(i, { 'http.route': '/cart', code: '200' }), asInt: i * 60 },
          { ...point(i, { 'http.route': '/pay', code: '500' }), asInt: i * 6 },
        ]),
      },
    },
    {
      name: 'jobs.done',
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: MINUTES.slice(1).map((i) => ({ ...point(i), asDouble: 30 })),
      },
    },
    {
      name: 'queue.length',
      unit: '1',
      gauge: { dataPoints: MINUTES.map((i) => ({ ...point(i), asDouble: i / 2, flags: i === 10 ? 1 : 0 })) },
    },
    {
      name: 'http.server.duration',
      unit: 's',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: MINUTES.map((i) => ({
          ...point(i),
          count: 10 * i,
          sum: 12 * i,
          explicitBounds: [1, 2],
          bucketCounts: [4 * i, 5 * i, i],
          exemplars:
            i === 3 ? [{ timeUnixNano: at(170), asDouble: 1.5, traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }] : [],
        })),
      },
    },
    {
      name: 'payload.size',
      unit: 'By',
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: MINUTES.map((i) => ({
          ...point(i),
          count: 4,
          sum: 40,
          scale: 0,
          positive: { offset: 2, bucketCounts: [2, 2] },
        })),
      },
    },
    {
      name: 'gc.pause',
      summary: { dataPoints: [{ ...point(10), count: 4, sum: 2, quantileValues: [{ quantile: 0.5, value: 0.4 }] }] },
    },
  ];
  const resource = {
    attributes: keyValues({
      'service.name': 'shop',
      'service.namespace': 'eu',
      'service.instance.id': 'shop-1',
      'host.name': 'n1',
    }),
  };
  await server.store.append(batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }));
});
after(() => server.shutdown(0));

interface Body {
  readonly status: string;
  readonly data: never;
  readonly errorType?: string;
  readonly error?: string;
  readonly infos?: readonly string[];
  readonly warnings?: readonly string[];
}

async function call(path: string, init?: RequestInit): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${server.url}/prometheus/api/v1/${path}`, init);
  return { status: response.status, body: (await response.json()) as Body };
}

async function get(path: string): Promise<unknown> {
  const { status, body } = await call(path);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.status, 'success');
  return body.data;
}

/** Evaluates a query after ten minutes. Returns values by labels without job and instance. */
async function instant(query: string): Promise<Record<string, string>> {
  const data = (await get(`query?time=${START + 600}&query=${encodeURIComponent(query)}`)) as {
    result: { metric: Record<string, string>; value?: [number, string]; histogram?: [number, { count: string }] }[];
  };
  return Object.fromEntries(
    data.result.map(({ metric: { job, instance, ...metric }, value, histogram }) => [
      JSON.stringify(metric),
      value?.[1] ?? histogram?.[1].count ?? '',
    ]),
  );
}

test('metrics have the names, units and labels of the specification', async () => {
  const names = await get(`label/__name__/values?start=${START}&end=${START + 600}`);
  assert.deepEqual(names, [
    'gc_pause',
    'gc_pause_count',
    'gc_pause_sum',
    'http_server_duration_seconds_bucket',
    'http_server_duration_seconds_count',
    'http_server_duration_seconds_sum',
    'http_server_requests_total',
    'jobs_done_total',
    'payload_size_bytes',
    'queue_length_ratio',
    'target_info',
  ]);
  assert.deepEqual(await get(`series?match[]=target_info&start=${START}&end=${START + 600}`), [
    { __name__: 'target_info', host_name: 'n1', instance: 'shop-1', job: 'eu/shop' },
  ]);
  assert.deepEqual(await get(`labels?match[]=http_server_requests_total&start=${START}&end=${START + 600}`), [
    ...['__name__', 'code', 'http_route', 'instance', 'job'],
  ]);
});

test('sums, gauges, histograms and summaries are evaluated', async () => {
  assert.deepEqual(await instant('sum by (http_route) (rate(http_server_requests_total[5m]))'), {
    '{"http_route":"/cart"}': '1',
    '{"http_route":"/pay"}': '0.1',
  });
  assert.deepEqual(await instant('increase(jobs_done_total[4m])'), { '{}': '120' });
  assert.deepEqual(await instant('queue_length_ratio'), {});
  assert.deepEqual(await instant('queue_length_ratio offset 1m'), { '{"__name__":"queue_length_ratio"}': '4.5' });
  assert.deepEqual(await instant('histogram_quantile(0.5, rate(http_server_duration_seconds_bucket[5m]))'), {
    '{}': '1.2',
  });
  assert.deepEqual(await instant('increase(payload_size_bytes[5m])'), { '{}': '20' });
  assert.deepEqual(await instant('gc_pause{quantile="0.5"}'), { '{"__name__":"gc_pause","quantile":"0.5"}': '0.4' });
  assert.deepEqual(await instant('sum(http_server_requests_total) / on () group_left (host_name) target_info'), {
    '{"host_name":"n1"}': '660',
  });
});

test('names that Prometheus could not have had select metrics as OpenTelemetry names them', async () => {
  assert.deepEqual(await instant('{"http.server.requests", "http.route"="/cart"}'), {
    '{"__name__":"http.server.requests","code":"200","http.route":"/cart"}': '600',
  });
});

test('a range query returns a matrix, and a POST is like a GET', async () => {
  const body = new URLSearchParams({
    query: 'sum(rate(http_server_requests_total[2m]))',
    start: `${START + 480}`,
    end: '2023-11-14T22:23:20Z',
    step: '1m',
  });
  const { body: posted } = await call('query_range', { method: 'POST', body });
  assert.deepEqual(posted.data, {
    resultType: 'matrix',
    result: [
      {
        metric: {},
        values: [480, 540, 600].map((second) => [START + second, '1.1']),
      },
    ],
  });
  assert.deepEqual((await call(`query_range?${body}`)).body.data, posted.data);
});

test('native histograms, exemplars, metadata, infos and limits', async () => {
  const { body } = await call(`query?query=payload_size_bytes&time=${START}`);
  const [{ histogram }] = (body.data as { result: [{ histogram: [number, object] }] }).result;
  assert.deepEqual(histogram[1], {
    count: '4',
    sum: '40',
    buckets: [
      [0, '4', '8', '2'],
      [0, '8', '16', '2'],
    ],
  });
  const exemplars = await get(
    `query_exemplars?query=rate(http_server_duration_seconds_bucket[5m])&start=${START}&end=${START + 600}`,
  );
  assert.deepEqual(exemplars, [
    {
      seriesLabels: { __name__: 'http_server_duration_seconds_bucket', instance: 'shop-1', job: 'eu/shop' },
      exemplars: [
        { labels: { trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8) }, value: '1.5', timestamp: START + 170 },
      ],
    },
  ]);
  const rate = await call(`query?query=rate(queue_length_ratio[5m])&time=${START + 500}`);
  assert.match(rate.body.infos?.[0] ?? '', /metric might not be a counter.*"queue_length_ratio" \(1:6\)/);
  const limited = await call(`query?query=http_server_requests_total&limit=1&time=${START + 500}`);
  assert.deepEqual(limited.body.warnings, ['results truncated due to limit']);
});

test('a query without results says where the nearest metrics are', async () => {
  const infosOf = async (path: string): Promise<readonly string[] | undefined> => (await call(path)).body.infos;
  const time = (seconds: number): string => new Date((START + seconds) * 1000).toISOString();
  const before = `no results: the newest data point before the time range is at ${time(600)}`;
  const after = `no results: the oldest data point after the time range is at ${time(0)}`;
  const hour = START + 3600;
  assert.deepEqual(await infosOf(`query?query=sum(queue_length_ratio)&time=${hour}`), [before]);
  assert.deepEqual(await infosOf(`query?query=rate(nothing[5m])&time=${START - 3600}`), [after]);
  const range = `start=${hour}&end=${hour + 600}&step=60`;
  assert.deepEqual(await infosOf(`query_range?query=queue_length_ratio>1&${range}`), [before]);
  // The range that selectors read counts, and a series that does not exist has no hint.
  for (const query of ['nothing offset 55m', 'nothing[1h:]', `nothing @ ${START}`]) {
    assert.equal(await infosOf(`query?query=${query}&time=${hour}`), undefined, query);
  }
  assert.equal(await infosOf(`query?query=nothing&time=${START + 300}`), undefined);
  assert.equal(await infosOf(`query?query=absent(nothing)&time=${hour}`), undefined);
  assert.equal(await infosOf(`query?query=1&time=${hour}`), undefined);
});

test('expressions are formatted and parsed', async () => {
  assert.equal(await get('format_query?query=sum(a)by(b)'), 'sum by (b) (a)');
  assert.deepEqual(await get('parse_query?query=a[5m]'), {
    type: 'matrixSelector',
    name: 'a',
    range: 300_000,
    rangeExpr: null,
    offset: 0,
    offsetExpr: null,
    timestamp: null,
    startOrEnd: null,
    anchored: false,
    smoothed: false,
    matchers: [{ name: '__name__', value: 'a', type: '=' }],
  });
});

test('errors have the shape and status of Prometheus', async () => {
  const cases: readonly (readonly [path: string, status: number, type: string, error: RegExp])[] = [
    ['query?query=sum(', 400, 'bad_data', /^invalid parameter "query": 1:5: parse error: unclosed left parenthesis$/],
    ['query', 400, 'bad_data', /no expression found in input/],
    [
      'query?query=a&time=x',
      400,
      'bad_data',
      /^invalid parameter "time": invalid time value for 'time': cannot parse "x"/,
    ],
    ['query_range?query=a&start=0&end=1', 400, 'bad_data', /"step"/],
    ['query_range?query=a&start=2&end=1&step=1', 400, 'bad_data', /end timestamp must not be before start time/],
    ['query_range?query=a&start=0&end=11001&step=1', 400, 'bad_data', /exceeded maximum resolution of 11,000 points/],
    ['query_range?query=a[5m]&start=0&end=1&step=1', 400, 'bad_data', /must be Scalar or instant Vector/],
    ['series', 400, 'bad_data', /^no match\[\] parameter provided$/],
    ['series?match[]=sum(a)', 400, 'bad_data', /expected a selector/],
    ['label/%ff/values', 400, 'bad_data', /invalid label name/],
    ['nothing', 404, 'not_found', /nothing at/],
    [
      `query?time=${START + 600}&query=${encodeURIComponent('http_server_requests_total + on() http_server_requests_total')}`,
      422,
      'execution',
      /found duplicate series/,
    ],
    [`query?time=${START + 600}&timeout=0&query=sum(http_server_requests_total)`, 503, 'timeout', /timed out/],
  ];
  for (const [path, status, type, error] of cases) {
    const response = await call(path);
    assert.deepEqual([response.status, response.body.status, response.body.errorType], [status, 'error', type], path);
    assert.match(response.body.error ?? '', error);
  }
  assert.equal((await call('query?query=1', { method: 'DELETE' })).status, 405);
  assert.deepEqual(server.errors, []);
});

test('endpoints about scraping and rules are empty and well-formed', async () => {
  assert.deepEqual(await get('rules'), { groups: [] });
  assert.deepEqual(await get('alerts'), { alerts: [] });
  assert.deepEqual(await get('targets'), { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} });
  assert.match(((await get('status/buildinfo')) as { version: string }).version, /^3\./);
  for (const path of ['config', 'flags', 'runtimeinfo', 'tsdb']) await get(`status/${path}`);
});
