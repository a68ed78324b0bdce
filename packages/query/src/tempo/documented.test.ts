import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues, type PlainValue, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

/**
 * The queries of Tempo's documentation (docs/sources/tempo/traceql and metrics-from-traces/metrics-queries) and their
 * results for the spans below, each checked by hand against the text around it: `found` are the numbers of spans by trace,
 * `series` the sums of the values of series, and `error` marks what the documentation calls invalid.
 */
interface DocumentedQuery {
  readonly q: string;
  readonly found?: string;
  readonly series?: Readonly<Record<string, number>>;
  readonly error?: boolean;
}

const QUERIES = readFileSync(new URL('documented-queries.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as DocumentedQuery);
const START = 1_700_000_040;

interface SpanOf {
  readonly service: string;
  readonly parent?: number;
  readonly name: string;
  readonly millis?: number;
  readonly status?: number;
  readonly resource?: Record<string, PlainValue>;
  readonly attributes?: Record<string, PlainValue>;
  readonly event?: Record<string, PlainValue>;
  readonly link?: Record<string, PlainValue>;
}

const PRODUCTION = { 'deployment.environment': 'production' };
/** Spans by trace; the number of a span is its position. */
const TRACES: readonly (readonly SpanOf[])[] = [
  [
    {
      service: 'frontend',
      name: 'POST /api/orders',
      millis: 6000,
      status: 2,
      resource: { ...PRODUCTION, 'service.namespace': 'ecommerce' },
      attributes: { 'http.status_code': 500, 'http.url': '/path/of/api', 'http.method': 'GET' },
    },
    {
      service: 'productcatalogservice',
      parent: 1,
      name: 'foo',
      millis: 200,
      status: 2,
      resource: { 'deployment.environment': 'staging', 'cloud.region': 'us-east-1' },
      attributes: { 'db.system': 'postgresql', 'db.name': 'db-shard-001', foo: 'bar' },
      event: { 'exception.message': 'oh, something went wrong.' },
    },
    {
      service: 'frontend',
      parent: 1,
      name: 'GET /:endpoint',
      millis: 3,
      resource: { 'cloud.region': 'us-west-1' },
      attributes: { 'http.status_code': 200, 'http.method': 'DELETE', 'http.url': '/api', 'http.target': '/t' },
    },
  ],
  [
    {
      service: 'foo',
      name: 'GET /:endpoint',
      millis: 120,
      status: 1,
      resource: { 'deployment.environment': 'prod-2', foo: 'bar' },
      attributes: { 'http.status_code': 200, 'http.method': 'GET', foo: ['bar', 'baz'], 'http.target': '/t' },
      link: { 'opentracing.ref_type': 'child_of', foo: 'bar' },
    },
    {
      service: 'api',
      parent: 1,
      name: 'work',
      millis: 40,
      status: 2,
      resource: { 'service.version': '1' },
      attributes: {
        'http.status_code': 404,
        'http.url': '/api',
        'http.request.header.Accept': ['application/json', 'text/plain'],
        'attribute name with space': 'value',
        value: 2,
      },
      event: { foo: 'bar' },
    },
  ],
];

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const resourceSpans = TRACES.flatMap((spans, trace) =>
    spans.map(({ service, resource = {}, ...span }, index) => ({
      resource: { attributes: keyValues({ 'service.name': service, ...resource }) },
      scopeSpans: [
        { scope: { name: 'lib', attributes: keyValues({ language: 'java' }) }, spans: [spanJson(span, trace, index)] },
      ],
    })),
  );
  await server.store.append(batchOf('traces', { resourceSpans }));
});
after(async () => {
  await server.shutdown(0);
  assert.deepEqual(server.errors, []);
});

function spanJson(
  { name, parent, millis = 1, status = 0, attributes = {}, event, link }: Omit<SpanOf, 'service'>,
  trace: number,
  index: number,
): SpanJson {
  const id = (n: number): string => `${trace + 1}${n}`.padStart(16, '0');
  const start = BigInt(START) * 1_000_000_000n + BigInt(1000 * (trace * 10 + index + 1)) * 1_000_000n;
  return {
    ...{ traceId: `${trace + 1}234`.padStart(32, '0'), spanId: id(index + 1), name, kind: 2, status: { code: status } },
    ...(parent !== undefined && { parentSpanId: id(parent) }),
    ...{
      startTimeUnixNano: `${start}`,
      endTimeUnixNano: `${start + BigInt(millis) * 1_000_000n}`,
      attributes: keyValues(attributes),
    },
    events: event === undefined ? [] : [{ name: 'foo', timeUnixNano: `${start + 1n}`, attributes: keyValues(event) }],
    links:
      link === undefined ? [] : [{ traceId: '1234'.padStart(32, '0'), spanId: id(1), attributes: keyValues(link) }],
  };
}

/** Calls the API without a socket. */
function call({ api, url }: TestApi, path: string, parameters: URLSearchParams): Promise<Response> {
  return api.fetch(new Request(`${url}/tempo/api/${path}?${parameters}`, { headers: { host: 'localhost' } }));
}

async function searched(q: string): Promise<string> {
  const response = await call(server, 'search', new URLSearchParams({ q, spss: '10' }));
  const text = await response.text();
  assert.equal(response.status, 200, `${q}: ${text}`);
  const { traces } = JSON.parse(text) as { traces: { traceID: string; spanSets: { spans: { spanID: string }[] }[] }[] };
  return traces
    .map(
      ({ traceID, spanSets }) =>
        `${traceID.charAt(0)}:${spanSets.map(({ spans }) => spans.map(({ spanID }) => spanID.at(-1)).join('')).join('/')}`,
    )
    .toSorted()
    .join(' ');
}

async function measured(q: string): Promise<Record<string, number>> {
  const range = { start: `${START}`, end: `${START + 60}`, step: '60s' };
  const response = await call(server, 'metrics/query_range', new URLSearchParams({ ...range, q }));
  const text = await response.text();
  assert.equal(response.status, 200, `${q}: ${text}`);
  const { series } = JSON.parse(text) as { series: { promLabels: string; samples: { value: number }[] }[] };
  return Object.fromEntries(
    series.map(({ promLabels, samples }) => [
      promLabels,
      Number(samples.reduce((sum, { value }) => sum + value, 0).toPrecision(6)),
    ]),
  );
}

test('the queries of the documentation have the results that it describes', async () => {
  assert.ok(QUERIES.length > 150);
  for (const { q, found, series, error } of QUERIES) {
    if (error === true) await assert.rejects(measured(q), /parse error/, q);
    else if (series === undefined) assert.equal(await searched(q), found, q);
    else assert.deepEqual(await measured(q), series, q);
  }
});
