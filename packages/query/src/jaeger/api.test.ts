import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const START = 1_700_000_040;
const nanos = (millis: number): string => `${BigInt(START) * 1_000_000_000n + BigInt(millis) * 1_000_000n}`;
const micros = (millis: number): number => START * 1e6 + millis * 1000;
const TRACE = 'a'.repeat(32);
const OTHER = `${'0'.repeat(24)}0000cafe`;
const id = (n: number): string => n.toString(16).padStart(16, '0');

function span(
  traceId: string,
  n: number,
  parent: number,
  name: string,
  kind: number,
  more: Partial<SpanJson> = {},
): SpanJson {
  return {
    ...{ traceId, spanId: id(n), parentSpanId: parent === 0 ? '' : id(parent), name, kind },
    ...{ startTimeUnixNano: nanos(n * 1000), endTimeUnixNano: nanos(n * 1000 + 100), ...more },
  };
}

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const append = async (service: string, spans: readonly SpanJson[]): Promise<void> => {
    const resource = { attributes: keyValues({ 'service.name': service, zone: 'eu' }) };
    const scope = { name: 'lib', version: '2' };
    await server.store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }));
  };
  await append('shop', [
    span(TRACE, 1, 0, 'GET /', 2, {
      attributes: [...keyValues({ 'http.status': 500, ok: true }), { key: 'share', value: { doubleValue: 0.5 } }],
    }),
    span(OTHER, 5, 0, 'GET /pay', 2, { endTimeUnixNano: nanos(5500) }),
  ]);
  await append('db', [
    span(TRACE, 2, 1, 'query', 3, {
      status: { code: 2, message: 'locked' },
      traceState: 'k=v',
      attributes: [
        { key: 'raw', value: { bytesValue: 'AQI=' } },
        { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }] } } },
      ],
      events: [{ timeUnixNano: nanos(2050), name: 'retry', attributes: keyValues({ attempt: 2 }) }],
      links: [{ traceId: OTHER, spanId: id(5) }],
    }),
    span(TRACE, 3, 1, 'serve', 2),
  ]);
});
after(async () => {
  await server.shutdown(0);
  assert.deepEqual(server.errors, []);
});

const call = (path: string): Promise<Response> => fetch(`${server.url}/jaeger/api/${path}`);
const json = async (
  path: string,
): Promise<{ readonly data: unknown; readonly errors: unknown; readonly total: number }> => {
  const response = await call(path);
  assert.equal(response.status, 200, path);
  return (await response.json()) as { readonly data: unknown; readonly errors: unknown; readonly total: number };
};
interface Trace {
  readonly traceID: string;
  readonly spans: readonly { readonly spanID: string; readonly processID: string }[];
  readonly processes: Readonly<Record<string, object>>;
}
const RANGE = `start=${micros(0)}&end=${micros(60_000)}`;
const found = async (query: string): Promise<string[]> =>
  ((await json(`traces?${query}&${RANGE}`)).data as Trace[]).map(({ traceID }) => traceID.slice(-4));

test('services and operations are listed', async () => {
  assert.deepEqual(await json('services'), { data: ['db', 'shop'], total: 2, limit: 0, offset: 0, errors: null });
  assert.deepEqual((await json('services/shop/operations')).data, ['GET /', 'GET /pay']);
  assert.deepEqual((await json('operations?service=db')).data, [
    { name: 'query', spanKind: 'client' },
    { name: 'serve', spanKind: 'server' },
  ]);
  assert.deepEqual((await json('operations?service=db&spanKind=server')).data, [{ name: 'serve', spanKind: 'server' }]);
});

test('a trace has the JSON model of Jaeger', async () => {
  const { data, errors } = await json(`traces/${TRACE}`);
  assert.equal(errors, null);
  const [trace] = data as [Trace];
  assert.deepEqual(trace.processes, {
    p1: { serviceName: 'shop', tags: [{ key: 'zone', type: 'string', value: 'eu' }] },
    p2: { serviceName: 'db', tags: [{ key: 'zone', type: 'string', value: 'eu' }] },
  });
  const scope = [
    { key: 'otel.scope.name', type: 'string', value: 'lib' },
    { key: 'otel.scope.version', type: 'string', value: '2' },
  ];
  assert.deepEqual(trace.spans[0], {
    traceID: TRACE,
    spanID: id(1),
    operationName: 'GET /',
    references: [],
    startTime: micros(1000),
    duration: 100_000,
    tags: [
      ...scope,
      { key: 'http.status', type: 'int64', value: 500 },
      { key: 'ok', type: 'bool', value: true },
      { key: 'share', type: 'float64', value: 0.5 },
      { key: 'span.kind', type: 'string', value: 'server' },
    ],
    logs: [],
    processID: 'p1',
    warnings: null,
  });
  assert.deepEqual(trace.spans[1], {
    traceID: TRACE,
    spanID: id(2),
    operationName: 'query',
    references: [
      { refType: 'CHILD_OF', traceID: TRACE, spanID: id(1) },
      { refType: 'FOLLOWS_FROM', traceID: OTHER, spanID: id(5) },
    ],
    startTime: micros(2000),
    duration: 100_000,
    tags: [
      ...scope,
      { key: 'raw', type: 'binary', value: 'AQI=' },
      { key: 'list', type: 'string', value: '["x"]' },
      { key: 'span.kind', type: 'string', value: 'client' },
      { key: 'otel.status_code', type: 'string', value: 'ERROR' },
      { key: 'error', type: 'bool', value: true },
      { key: 'otel.status_description', type: 'string', value: 'locked' },
      { key: 'w3c.tracestate', type: 'string', value: 'k=v' },
    ],
    logs: [
      {
        timestamp: micros(2050),
        fields: [
          { key: 'event', type: 'string', value: 'retry' },
          { key: 'attempt', type: 'int64', value: 2 },
        ],
      },
    ],
    processID: 'p2',
    warnings: null,
  });
  assert.equal(((await json('traces/cafe')).data as [Trace])[0].traceID, OTHER);
});

test('traces are found by service, operation, tags and durations', async () => {
  assert.deepEqual(await found('service=shop'), ['cafe', 'aaaa']);
  assert.deepEqual(await found('service=shop&limit=1'), ['cafe']);
  assert.deepEqual(await found('service=db&operation=serve'), ['aaaa']);
  assert.deepEqual(await found('service=shop&tag=http.status:500'), ['aaaa']);
  assert.deepEqual(await found(`service=db&tags=${encodeURIComponent('{"error":"true","attempt":"2"}')}`), ['aaaa']);
  assert.deepEqual(await found(`service=db&tags=${encodeURIComponent('{"error":"true","zone":"us"}')}`), []);
  assert.deepEqual(await found('service=db&tag=span.kind:server&tag=ok:true'), []);
  assert.deepEqual(await found('service=shop&minDuration=400ms'), ['cafe']);
  assert.deepEqual(await found('service=shop&maxDuration=400ms'), ['aaaa']);
  const byId = await json(`traces?traceID=${TRACE}&traceID=77`);
  assert.deepEqual(
    (byId.data as Trace[]).map(({ traceID }) => traceID),
    [TRACE],
  );
  assert.deepEqual(byId.errors, [{ code: 404, msg: 'trace not found', traceID: '77'.padStart(32, '0') }]);
});

test('dependencies are calls between services', async () => {
  const end = START * 1000 + 60_000;
  assert.deepEqual((await json(`dependencies?endTs=${end}&lookback=60000`)).data, [
    { parent: 'shop', child: 'db', callCount: 2 },
  ]);
  assert.deepEqual((await json(`dependencies?endTs=${end}&service=missing`)).data, []);
});

test('metrics are latencies, call rates and error rates of services', async () => {
  const range = `endTs=${START * 1000 + 60_000}&lookback=60000&step=60000&ratePer=60000`;
  const metric = async (path: string) => {
    const { name, metrics } = (await (await call(`metrics/${path}&${range}`)).json()) as {
      name: string;
      metrics: { labels: object[]; metricPoints: { gaugeValue: { doubleValue: number }; timestamp: string }[] }[];
    };
    return [name, metrics.map(({ labels, metricPoints }) => [labels, metricPoints.at(-1)?.gaugeValue.doubleValue])];
  };
  const label = { name: 'service_name', value: 'shop' };
  assert.deepEqual(await metric('calls?service=shop'), ['service_call_rate', [[[label], 2 / 60]]]);
  assert.deepEqual(await metric('errors?service=db&spanKind=client'), [
    'service_error_rate',
    [[[{ ...label, value: 'db' }], 1]],
  ]);
  const [name, [[labels, value]]] = (await metric('latencies?service=shop&quantile=1&groupByOperation=true')) as [
    string,
    [[object[], number]],
  ];
  assert.equal(name, 'service_operation_latencies');
  assert.deepEqual(labels, [label, { name: 'operation', value: 'GET /' }]);
  assert.equal(Math.round(value), 134);
  assert.equal((await json('metrics/minstep')).data, 1);
});

test('version 3 returns OTLP', async () => {
  const range = 'query.startTimeMin=2023-11-14T00:00:00Z&query.startTimeMax=2023-11-15T12:00:00.5Z';
  const { result } = (await (await call(`v3/traces/${TRACE}`)).json()) as {
    result: { resourceSpans: { scopeSpans: [{ spans: SpanJson[] }] }[] };
  };
  assert.equal(result.resourceSpans.flatMap(({ scopeSpans: [{ spans }] }) => spans).length, 3);
  const { summaries } = (await (await call(`v3/trace-summaries?query.serviceName=db&${range}`)).json()) as {
    summaries: object[];
  };
  assert.deepEqual(summaries, [
    {
      traceId: TRACE,
      rootServiceName: 'shop',
      rootOperationName: 'GET /',
      minStartTimeUnixNano: nanos(1000),
      maxEndTimeUnixNano: nanos(3100),
      spanCount: 3,
      errorSpanCount: 1,
      services: [
        { name: 'shop', spanCount: 1 },
        { name: 'db', spanCount: 2, errorSpanCount: 1 },
      ],
    },
  ]);
  assert.deepEqual(await (await call('v3/services')).json(), { services: ['db', 'shop'] });
  assert.deepEqual(await (await call('v3/operations?service=db&spanKind=client')).json(), {
    operations: [{ name: 'query', spanKind: 'client' }],
  });
  const attributes = encodeURIComponent('{"http.status":"500"}');
  assert.equal((await call(`v3/traces?query.service_name=shop&query.attributes=${attributes}&${range}`)).status, 200);
});

test('errors have the forms of both versions', async () => {
  const failure = async (path: string): Promise<readonly unknown[]> => {
    const response = await call(path);
    const body = (await response.json()) as {
      errors?: [{ code: number; msg: string }];
      error?: { httpCode: number; message: string };
    };
    const code = body.errors?.[0].code ?? body.error?.httpCode;
    assert.equal(code, response.status);
    return [response.status, body.errors?.[0].msg ?? body.error?.message];
  };
  assert.deepEqual(await failure('traces/77'), [404, 'trace not found']);
  assert.deepEqual(await failure('traces?limit=3'), [400, "parameter 'service' is required"]);
  assert.equal((await failure('traces?service=a&tags=nonsense'))[0], 400);
  assert.equal((await failure('traces?service=a&minDuration=soon'))[0], 400);
  assert.equal((await failure('traces/xyz'))[0], 400);
  assert.equal((await failure('metrics/latencies?service=a'))[0], 400);
  assert.equal((await failure('metrics/calls?service=a&step=1&lookback=3600000'))[0], 400);
  assert.deepEqual(await failure('v3/traces?query.serviceName=a'), [
    400,
    'query.startTimeMin and query.startTimeMax are required',
  ]);
  assert.deepEqual(await failure('v3/traces/77'), [404, 'No traces found']);
  assert.equal((await failure('nothing'))[0], 404);
});
