import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  batchOf,
  createComponentBench,
  exporterContract,
  type RecordedHttpRequest,
  startRecordingHttpServer,
} from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { opensearch } from './opensearch.ts';

type Json = Record<string, unknown>;

/** Decides about the documents of a request: their statuses. */
type Decide = (documents: readonly Json[], attempt: number) => readonly number[];

const ACCEPT: Decide = (documents) => documents.map(() => 201);

/** Returns the actions and documents of a request, in turn. */
function linesOf({ text }: RecordedHttpRequest): readonly Json[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
}

function documentsOf(request: RecordedHttpRequest): readonly Json[] {
  return linesOf(request).filter((_, index) => index % 2 === 1);
}

/** Starts a server that responds to bulk requests as OpenSearch 2.19 does. */
function startServer(decide: Decide = ACCEPT) {
  return startRecordingHttpServer((request, count) => {
    const items = decide(documentsOf(request), count).map((status) => ({
      create: { _index: 'app', status, ...(status >= 300 && { error: MAPPING_ERROR }) },
    }));
    return { body: JSON.stringify({ items }) };
  });
}

/** The error of OpenSearch 2.19.1 for a text in a field of integers (`npm run interop -- --only elasticsearch`). */
const MAPPING_ERROR = {
  type: 'mapper_parsing_exception',
  reason:
    "failed to parse field [attributes.n] of type [integer] in document with id 'x'. Preview of field's value: 'text'",
};

exporterContract(opensearch, {
  config: { http: { endpoint: 'http://127.0.0.1:1' } },
  destination: async () => {
    const server = await startServer();
    return { config: { http: { endpoint: server.url } }, close: () => server.close() };
  },
});

async function sent(
  t: TestContext,
  signal: 'logs' | 'metrics' | 'traces',
  request: Json,
  config: Json = {},
  decide: Decide = ACCEPT,
) {
  const server = await startServer(decide);
  t.after(() => server.close());
  const bench = await createComponentBench(opensearch, {
    clock: systemClock,
    config: {
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
      ...config,
      http: { endpoint: server.url, ...(config['http'] as Json) },
    },
  });
  t.after(() => bench.close());
  await bench.start();
  const batch = batchOf(signal, request);
  const outcome = await bench.send(batch);
  const lines = server.requests.flatMap(linesOf);
  return {
    outcome,
    again: () => bench.send(batch),
    requests: server.requests,
    actions: lines.filter((_, index) => index % 2 === 0),
    documents: lines.filter((_, index) => index % 2 === 1),
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function logs(...logRecords: readonly Json[]): Json {
  const scope = { name: 'scope', version: '1', attributes: [text('s', 'v')] };
  return {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'Shop'), { key: 'n', value: { intValue: '1' } }] },
        scopeLogs: [{ scope, schemaUrl: 'https://schema', logRecords }],
      },
    ],
  };
}

const RECORD = {
  timeUnixNano: '1700000000123456789',
  observedTimeUnixNano: '1700000001000000000',
  severityNumber: 9,
  severityText: 'INFO',
  body: { stringValue: 'hello' },
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  attributes: [text('code.function', 'f'), text('code.function.name', 'g'), { key: 'd', value: { doubleValue: 1 } }],
};

test('writes log records in the Simple Schema for Observability', async (t) => {
  const { outcome, actions, documents } = await sent(t, 'logs', logs(RECORD));
  assert.deepEqual(outcome, { kind: 'accepted' });
  assert.deepEqual(actions, [{ create: { _index: 'ss4o_logs-default-namespace' } }]);
  assert.deepEqual(documents, [
    {
      attributes: {
        'code.function.value': 'f',
        'code.function.name': 'g',
        d: 1,
        data_stream: { dataset: 'default', namespace: 'namespace', type: 'record' },
      },
      body: 'hello',
      instrumentationScope: { attributes: { s: 'v' }, name: 'scope', schemaUrl: 'https://schema', version: '1' },
      observedTimestamp: '2023-11-14T22:13:21Z',
      resource: { 'service.name': 'Shop', n: '1' },
      schemaUrl: 'https://schema',
      severity: { text: 'INFO', number: 9 },
      spanId: 'eee19b7ec3c1b174',
      '@timestamp': '2023-11-14T22:13:20.123456789Z',
      traceId: '5b8efff798038103d269b633813fc60c',
    },
  ]);
});

const SPAN = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000250000000',
  status: { code: 2, message: 'boom' },
  attributes: [text('k', 'v')],
  events: [{ name: 'exception', timeUnixNano: '1700000000100000000', attributes: [text('e', 'x')] }],
  links: [{ traceId: '5b8efff798038103d269b633813fc60d', spanId: 'eee19b7ec3c1b175' }],
};

function spans(...list: readonly Json[]): Json {
  return {
    resourceSpans: [{ resource: { attributes: [text('service.name', 'Shop')] }, scopeSpans: [{ spans: list }] }],
  };
}

test('writes spans in both schemas', async (t) => {
  const ss4o = await sent(t, 'traces', spans(SPAN));
  assert.deepEqual(ss4o.actions, [{ create: { _index: 'ss4o_traces-default-namespace' } }]);
  const [document] = ss4o.documents;
  assert.deepEqual(document?.['events'], [
    { attributes: { e: 'x' }, droppedAttributesCount: 0, name: 'exception', '@timestamp': '2023-11-14T22:13:20.1Z' },
  ]);
  assert.deepEqual(document?.['status'], { code: 'Error', message: 'boom' });
  assert.deepEqual(document?.['kind'], 'Server');
  assert.deepEqual(document?.['links'], [{ spanId: 'eee19b7ec3c1b175', traceId: '5b8efff798038103d269b633813fc60d' }]);
  assert.equal(document?.['@timestamp'], '2023-11-14T22:13:20Z');

  const prepper = await sent(t, 'traces', spans(SPAN), { mapping: { mode: 'otel-v1' }, bulk_action: 'index' });
  assert.deepEqual(prepper.actions, [{ index: { _index: 'otel-v1-apm-span' } }]);
  const [span] = prepper.documents;
  assert.equal(span?.['durationInNanos'], 250_000_000);
  assert.equal(span?.['serviceName'], 'Shop');
  assert.equal(span?.['traceGroup'], 'GET /');
  assert.deepEqual(span?.['traceGroupFields'], {
    endTime: '2023-11-14T22:13:20.25Z',
    durationInNanos: 250_000_000,
    statusCode: 2,
  });
  assert.deepEqual(span?.['resource'], { attributes: { 'service.name': 'Shop' }, droppedAttributesCount: 0 });
});

const POINT = { startTimeUnixNano: '1700000000000000000', timeUnixNano: '1700000060000000000' };

const METRICS = [
  { name: 'g', unit: 's', gauge: { dataPoints: [{ ...POINT, asDouble: 1.5 }] } },
  { name: 'c', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...POINT, asInt: '7' }] } },
  {
    name: 'h',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [{ ...POINT, count: '3', sum: 4, bucketCounts: ['1', '2'], explicitBounds: [1e300] }],
    },
  },
  {
    name: 'e',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [{ ...POINT, count: '1', scale: 0, zeroCount: '0', positive: { offset: 1, bucketCounts: ['1'] } }],
    },
  },
  {
    name: 's',
    summary: { dataPoints: [{ ...POINT, count: '1', sum: 2, quantileValues: [{ quantile: 0.5, value: 2 }] }] },
  },
  { name: 'nan', gauge: { dataPoints: [{ ...POINT, asDouble: 'NaN' }] } },
];

test('writes a document for each data point', async (t) => {
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: METRICS }] }] };
  const ss4o = await sent(t, 'metrics', request);
  assert.deepEqual(ss4o.outcome, { kind: 'accepted' });
  const [gauge, counter, histogram, exponential, summary, nan] = ss4o.documents;
  assert.equal(gauge?.['value@double'], 1.5);
  assert.equal(counter?.['value@int'], 7);
  assert.equal(counter?.['monotonic'], true);
  assert.equal(counter?.['aggregationTemporality'], 'AGGREGATION_TEMPORALITY_CUMULATIVE');
  const maximum = 3.4028234663852886e38;
  assert.deepEqual(histogram?.['buckets'], [
    { count: 1, min: -maximum, max: maximum },
    { count: 2, min: maximum, max: maximum },
  ]);
  assert.deepEqual(exponential?.['positiveBuckets'], [{ count: 1, min: 2, max: 4 }]);
  assert.deepEqual(summary?.['quantiles'], [{ quantile: 0.5, value: 2 }]);
  assert.deepEqual([nan?.['name'], nan?.['value@double']], ['nan', undefined]);

  const prepper = await sent(t, 'metrics', request, { mapping: { mode: 'otel-v1' } });
  assert.deepEqual(prepper.actions[0], { create: { _index: 'otel-v1-metrics' } });
  assert.deepEqual([prepper.documents[1]?.['value'], prepper.documents[1]?.['flags']], [7, 0]);
  const none = await sent(t, 'metrics', request, { mapping: { mode: 'ecs' } });
  assert.deepEqual(none.outcome, { kind: 'refused', reason: 'the mapping mode ecs has no metrics' });
});

test('writes flat documents and bodies', async (t) => {
  const ecs = await sent(t, 'logs', logs(RECORD), {
    mapping: { mode: 'ecs', unix_timestamp: true, timestamp_field: 'ts' },
  });
  assert.equal(ecs.documents[0]?.['ts'], 1_700_000_000_123);
  assert.equal(ecs.documents[0]?.['Attributes.service.name'], 'Shop');
  assert.equal(ecs.documents[0]?.['Body.value'], 'hello');
  const flat = await sent(t, 'logs', logs(RECORD), { mapping: { mode: 'flatten_attributes', dedot: true } });
  assert.deepEqual(flat.documents[0]?.['service'], { name: 'Shop' });
  assert.deepEqual(flat.documents[0]?.['code'], { function: { name: 'g', value: 'f' } });
  const body = { kvlistValue: { values: [text('a', 'b')] } };
  const bodies = await sent(t, 'logs', logs({ body }, RECORD), { mapping: { mode: 'bodymap' } });
  assert.deepEqual(bodies.documents, [{ a: 'b' }]);
  assert.deepEqual(bodies.outcome, {
    kind: 'partial',
    rejectedItems: 1,
    reason: 'body: expected a map in the mapping mode bodymap',
  });
});

test('names the index by attributes and time, and refuses names that the server would interpret', async (t) => {
  const names = ['web', '', '.kibana', 'a,b', '../_all', 'x'.repeat(300)];
  const records = names.map((name) => ({ ...RECORD, attributes: [text('index', name)] }));
  const { outcome, actions } = await sent(t, 'logs', logs(...records), {
    logs_index: '%{index}-%{service.name}-%{scope.name}',
    logs_index_fallback: 'none',
    logs_index_time_format: 'yyyy',
    pipeline: 'p',
  });
  const year = `(${new Date().getUTCFullYear() - 1}|${new Date().getUTCFullYear()})`;
  assert.equal(actions.length, 2);
  assert.match(JSON.stringify(actions[0]), new RegExp(`"web-shop-scope-${year}"`));
  assert.match(JSON.stringify(actions[1]), new RegExp(`"none-shop-scope-${year}"`));
  assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 4);
  assert.match(outcome.kind === 'partial' ? outcome.reason : '', /^index: expected the name of an index, got ".kibana/);
});

test('sends documents again alone that failed for now, and counts those that failed for good', async (t) => {
  const decide: Decide = (documents, attempt) =>
    documents.map((_, i) => (attempt > 1 ? 201 : ([201, 400, 429][i] ?? 201)));
  const { outcome, again, requests } = await sent(t, 'logs', logs(RECORD, RECORD, RECORD), { pipeline: 'p' }, decide);
  assert.equal(outcome.kind, 'retry');
  assert.deepEqual(await again(), {
    kind: 'partial',
    rejectedItems: 1,
    reason: `app: ${MAPPING_ERROR.type}: ${MAPPING_ERROR.reason}`,
  });
  assert.deepEqual(
    requests.map((request) => documentsOf(request).length),
    [3, 1],
  );
  assert.equal(new URL(requests[0]?.url ?? '', 'http://x').searchParams.get('pipeline'), 'p');
});

test('keeps what JSON does not have', async (t) => {
  const odd = [
    { key: 'bytes', value: { bytesValue: 'AAE=' } },
    { key: 'nan', value: { doubleValue: 'NaN' } },
    {
      key: 'list',
      value: { arrayValue: { values: [{ kvlistValue: { values: [text('a', '1'), text('a.b', '2')] } }] } },
    },
    text('lone', '\ud800'),
  ];
  const { documents } = await sent(t, 'logs', logs({ ...RECORD, attributes: odd }), { mapping: { mode: 'otel-v1' } });
  const attributes = documents[0]?.['attributes'] as Json;
  assert.deepEqual(attributes, {
    bytes: 'AAE=',
    nan: null,
    list: [{ 'a.value': '1', 'a.b': '2' }],
    lone: '\ufffd',
  });
});

test('checks the configuration, naming the field', async () => {
  const wrong = async (config: Json, expected: RegExp) =>
    assert.rejects(createComponentBench(opensearch, { config }), expected);
  const http = { endpoint: 'http://127.0.0.1:1' };
  await wrong({}, /http: expected/);
  await wrong({ http, logs_index_time_format: 'YYYY' }, /logs_index_time_format: expected yyyy, yy, MM/);
  await wrong({ http, mapping: { mode: 'otel-v1' }, dataset: 'x' }, /dataset: expected no dataset and namespace/);
  await wrong({ http, mapping: { mode: 'x' } }, /mapping.mode: expected/);
  await wrong({ http, mapping: { mode: 'otel-v1', manage_index_template: true } }, /create the index templates/);
});
