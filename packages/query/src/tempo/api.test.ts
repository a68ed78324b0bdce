import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';

const START = 1_700_000_000;
const at = (millis: number): string => `${BigInt(START) * 1_000_000_000n + BigInt(millis) * 1_000_000n}`;
const TRACE = `${'0'.repeat(16)}abcdef0123456789`;
const OTHER = '1'.repeat(32);
const id = (n: number): string => n.toString(16).padStart(16, '0');

function span(traceId: string, n: number, parent: number, name: string, more: Partial<SpanJson> = {}): SpanJson {
  return {
    ...{ traceId, spanId: id(n), parentSpanId: parent === 0 ? '' : id(parent), name, kind: parent === 0 ? 2 : 3 },
    ...{ startTimeUnixNano: at(n * 10), endTimeUnixNano: at(n * 10 + 100), ...more },
  };
}

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const append = async (service: string, spans: readonly SpanJson[]): Promise<void> => {
    const resource = { attributes: keyValues({ 'service.name': service, zone: 'eu' }) };
    await server.store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
  };
  await append('frontend', [
    span(TRACE, 1, 0, 'GET /cart', { attributes: keyValues({ 'http.status_code': 500, 'http.route': '/cart' }) }),
    span(OTHER, 5, 0, 'GET /pay', { attributes: keyValues({ 'http.status_code': 200, 'http.route': '/pay' }) }),
  ]);
  await append('db', [
    span(TRACE, 2, 1, 'SELECT', { status: { code: 2, message: 'locked' }, attributes: keyValues({ rows: 3 }) }),
    span(TRACE, 3, 1, 'UPDATE'),
  ]);
});
after(async () => {
  await server.shutdown(0);
  assert.deepEqual(server.errors, []);
});

const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.url}/tempo${path}`, init);

interface Found {
  readonly traceID: string;
  readonly spanSets?: readonly {
    readonly matched: number;
    readonly spans: readonly { readonly spanID: string; readonly attributes?: readonly object[] }[];
    readonly attributes?: readonly object[];
  }[];
}

async function search(parameters: Record<string, string>): Promise<readonly Found[]> {
  const response = await call(`/api/search?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as { readonly traces: readonly Found[] }).traces;
}

test('a search returns traces with the spans that match', async () => {
  assert.deepEqual(await search({ q: '{ status = error && .rows > 2 }' }), [
    {
      traceID: 'abcdef0123456789',
      rootServiceName: 'frontend',
      rootTraceName: 'GET /cart',
      startTimeUnixNano: at(10),
      durationMs: 120,
      spanSet: SPAN_SET,
      spanSets: [SPAN_SET],
      serviceStats: { frontend: { spanCount: 1 }, db: { spanCount: 2, errorCount: 1 } },
    },
  ]);
});
const SPAN_SET = {
  spans: [
    {
      spanID: id(2),
      startTimeUnixNano: at(20),
      durationNanos: '100000000',
      attributes: [
        { key: 'status', value: { stringValue: 'error' } },
        { key: 'rows', value: { intValue: '3' } },
      ],
    },
  ],
  matched: 1,
};

test('traces are found by structure, aggregates, groups and trace intrinsics', async () => {
  const found = async (q: string): Promise<string[]> =>
    (await search({ q })).flatMap(({ traceID, spanSets = [] }) =>
      spanSets.map(
        ({ spans, matched }) => `${traceID.slice(0, 3)}:${spans.map(({ spanID }) => Number(spanID)).join()}/${matched}`,
      ),
    );
  assert.deepEqual(await found('{}'), ['111:5/1', 'abc:1,2,3/3']);
  assert.deepEqual(await found('{ resource.service.name = "frontend" } > { name = "SELECT" }'), ['abc:2/1']);
  assert.deepEqual(await found('{ name = "UPDATE" } ~ {}'), ['abc:2/1']);
  assert.deepEqual(await found('{ kind = client } | count() > 1'), ['abc:2,3/2']);
  assert.deepEqual(await found('{} | by(name) | count() = 1'), ['111:5/1', 'abc:1/1', 'abc:2/1', 'abc:3/1']);
  assert.deepEqual(await found('{ trace:rootName =~ "GET /c.*" && name = "UPDATE" }'), ['abc:3/1']);
  assert.deepEqual(await found('{ trace:id = "ABCDEF0123456789" && span:childCount = 2 }'), ['abc:1/1']);
  assert.deepEqual(await found('{ span.http.route =~ "/(cart|pay)" }'), ['111:5/1', 'abc:1/1']);
  assert.deepEqual(await found('{ span.http.route =~ "cart" }'), []);
});

test('limits bound the number of traces and of spans', async () => {
  assert.deepEqual(
    (await search({ q: '{}', limit: '1' })).map(({ traceID }) => traceID),
    [OTHER],
  );
  const [, cart] = await search({ q: '{}', spss: '2' });
  assert.deepEqual([cart?.spanSets?.[0]?.spans.length, cart?.spanSets?.[0]?.matched], [2, 3]);
  assert.deepEqual(await search({ q: '{}', start: `${START - 20}`, end: `${START - 10}` }), []);
});

test('tags and durations find traces as in older versions', async () => {
  const ids = async (parameters: Record<string, string>): Promise<string[]> =>
    (await search(parameters)).map(({ traceID }) => traceID.slice(0, 3));
  assert.deepEqual(await ids({ tags: 'service.name=FRONT http.route=/pay' }), ['111']);
  assert.deepEqual(await ids({ tags: 'http.status_code=500' }), ['abc']);
  assert.deepEqual(await ids({ tags: 'name="GET /"', minDuration: '110ms' }), ['abc']);
  assert.deepEqual(await ids({ maxDuration: '110ms' }), ['111']);
});

test('a trace is returned as JSON and protobuf, in both versions', async () => {
  const json = (await (await call('/api/traces/abcdef0123456789')).json()) as {
    batches: [{ scopeSpans: [{ spans: [{ traceId: string; kind: string }] }] }];
  };
  const [first] = json.batches[0].scopeSpans[0].spans;
  assert.deepEqual([first.traceId, first.kind], [Buffer.from(TRACE, 'hex').toString('base64'), 'SPAN_KIND_SERVER']);
  const headers = { accept: 'application/protobuf' };
  const protobuf = await call(`/api/traces/${TRACE}`, { headers });
  assert.equal(protobuf.headers.get('content-type'), 'application/protobuf');
  const bytes = new Uint8Array(await protobuf.arrayBuffer());
  assert.equal(decodeRequest('traces', bytes).resourceSpans?.length, 2);
  const second = new Uint8Array(await (await call(`/api/v2/traces/${TRACE}`, { headers })).arrayBuffer());
  assert.deepEqual([second[0], second.length > bytes.length], [0x0a, true]);
  const envelope = (await (await call(`/api/v2/traces/${TRACE}`)).json()) as { trace: { resourceSpans: object[] } };
  assert.equal(envelope.trace.resourceSpans.length, 2);
  assert.equal((await call('/api/traces/77')).status, 404);
});

test('errors are plain texts with their position and status', async () => {
  const failure = async (path: string): Promise<readonly [number, string]> => {
    const response = await call(path);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    return [response.status, await response.text()];
  };
  const query = (q: string): string => `/api/search?${new URLSearchParams({ q })}`;
  assert.deepEqual(await failure(query('{ .a < }')), [
    400,
    'invalid TraceQL query: parse error at line 1, col 8: syntax error: unexpected }',
  ]);
  assert.deepEqual(await failure(query('{ status > 3 }')), [
    400,
    'invalid TraceQL query: binary operations must operate on the same type: status > 3',
  ]);
  assert.match((await failure(query('({} | by(name)) > {}')))[1], /consider using coalesce\(\)/);
  assert.match((await failure(query('{ .a =~ "(" }')))[1], /invalid regex/);
  assert.equal((await failure('/api/search?limit=0'))[1], 'invalid limit: must be a positive number');
  assert.equal((await failure('/api/search?start=2&end=1'))[0], 400);
  assert.equal((await failure('/api/search?q={}&tags=a=b'))[0], 400);
  assert.equal((await failure('/api/traces/xyz'))[0], 400);
  assert.equal((await failure('/api/nothing'))[0], 404);
});

test('the endpoints for clients that look for the server respond', async () => {
  assert.equal(await (await call('/api/echo')).text(), 'echo');
  const { version } = (await (await call('/api/status/buildinfo')).json()) as { version: string };
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal((await call('/ready')).status, 200);
});
