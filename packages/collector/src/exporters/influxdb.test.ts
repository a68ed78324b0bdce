import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  batchOf,
  createComponentBench,
  exporterContract,
  type RecordedHttpRequest,
  type sampleBatch,
  startRecordingHttpServer,
} from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { influxdb } from './influxdb.ts';

/** A server that records requests and responds with a list of responses, then with 204. */
function startServer(responses: readonly (readonly [status: number, body: string])[] = []) {
  return startRecordingHttpServer((_, count) => {
    const [status, body] = responses[count - 1] ?? [204, ''];
    return { status, body };
  });
}

/** Returns the lines of a request. */
function linesOf({ text }: RecordedHttpRequest): readonly string[] {
  return text.split('\n').slice(0, -1);
}

const BUCKET = { org: 'shop', bucket: 'telemetry' };

exporterContract(influxdb, {
  destination: async () => {
    const server = await startServer();
    return { config: { endpoint: server.url, ...BUCKET }, close: () => server.close() };
  },
  config: { endpoint: 'http://127.0.0.1:1', ...BUCKET },
});

type Batch = ReturnType<typeof sampleBatch>;

async function exported(config: object, batch: Batch, responses: readonly (readonly [number, string])[] = []) {
  const server = await startServer(responses);
  const bench = await createComponentBench(influxdb, {
    config: { endpoint: server.url, ...BUCKET, sending_queue: { enabled: false }, ...config },
    signals: [batch.signal],
    clock: systemClock,
  });
  await bench.start();
  const outcome = await bench.send(batch);
  await bench.service.shutdown();
  await server.close();
  return { outcome, requests: server.requests, lines: server.requests.flatMap(linesOf) };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const resource = { attributes: [text('service.name', 'my shop')] };
const scope = { name: 'lib', version: '2' };

function metricsOf(...metrics: object[]): Batch {
  return batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] } as never);
}

const point = (value: object) => ({ timeUnixNano: '5', attributes: [text('a,b', 'c=d')], ...value });
const METRICS = [
  { name: 'temp', gauge: { dataPoints: [point({ asDouble: 21.5 })] } },
  { name: 'requests', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point({ asInt: '7' })] } },
  { name: 'active', unit: '1', sum: { aggregationTemporality: 2, dataPoints: [point({ asInt: '-3' })] } },
  {
    name: 'latency',
    unit: 's',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [point({ count: '6', sum: 9, min: 1, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 1e21] })],
    },
  },
  {
    name: 'rpc',
    summary: { dataPoints: [point({ count: '4', sum: 2, quantileValues: [{ quantile: 0.9, value: 8 }] })] },
  },
];

const TAGS = ',a\\,b=c\\=d,otel.library.name=lib,otel.library.version=2,service.name=my\\ shop';

test('writes the schema 1 of Telegraf to InfluxDB 2', async () => {
  const { outcome, requests, lines } = await exported({ token: 'tok', compression: 'gzip' }, metricsOf(...METRICS));
  assert.equal(outcome.kind, 'accepted');
  assert.deepEqual(lines, [
    `temp${TAGS} gauge=21.5 5`,
    `requests${TAGS} counter=7i 5`,
    `active${TAGS} gauge=-3i 5`,
    `latency${TAGS} 0.5=1,1000000000000000000000=3,count=6,sum=9,min=1 5`,
    `rpc${TAGS} 0.9=8,count=4,sum=2 5`,
  ]);
  const [request] = requests;
  assert.equal(request?.url, '/api/v2/write?org=shop&bucket=telemetry&precision=ns');
  assert.equal(request?.headers.authorization, 'Token tok');
});

test('writes the schema 2 of Telegraf to InfluxDB 1, and the schema of OpenTelemetry', async () => {
  const v1 = { enabled: true, db: 'telemetry', username: 'u', password: 'p' };
  const v2 = await exported({ v1_compatibility: v1, metrics_schema: 'telegraf-prometheus-v2' }, metricsOf(...METRICS));
  const le = (bound: string) => TAGS.replace(',otel.library.name', `,le=${bound},otel.library.name`);
  assert.deepEqual(v2.lines, [
    `prometheus${TAGS} temp=21.5 5`,
    `prometheus${TAGS} requests=7i 5`,
    `prometheus${TAGS} active=-3i 5`,
    `prometheus${TAGS} latency_count=6,latency_sum=9,latency_min=1 5`,
    `prometheus${le('0.5')} latency_bucket=1 5`,
    `prometheus${le('1000000000000000000000')} latency_bucket=3 5`,
    `prometheus${le('+Inf')} latency_bucket=6 5`,
    `prometheus${TAGS} rpc_count=4,rpc_sum=2 5`,
    `prometheus${TAGS.replace(',service', ',quantile=0.9,service')} rpc=8 5`,
  ]);
  assert.equal(v2.requests[0]?.url, '/write?db=telemetry&precision=ns');
  assert.equal(v2.requests[0]?.headers.authorization, `Basic ${btoa('u:p')}`);
  const otel = await exported({ metrics_schema: 'otel-v1' }, metricsOf(...METRICS.slice(2, 4)));
  const scopeFields = 'otel.library.name="lib",otel.library.version="2"';
  assert.deepEqual(otel.lines, [
    `active_1_sum,a\\,b=c\\=d,service.name=my\\ shop ${scopeFields},value_cumulative_nonmonotonic_int=-3i 5`,
    `latency_s_histogram,a\\,b=c\\=d,service.name=my\\ shop ${scopeFields},cumulative_0.5=1i,cumulative_1000000000000000000000=2i,count=6i,sum=9,min=1 5`,
  ]);
});

test('writes spans with events and links, and log records', async () => {
  const span = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '00f067aa0ba902b7',
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: '1000',
    endTimeUnixNano: '3000',
    attributes: [text('http.route', '/cart'), { key: 'n', value: { intValue: '9007199254740993' } }],
    status: { code: 2, message: 'it "failed"' },
    events: [{ timeUnixNano: '1500', name: 'retry', attributes: [text('why', 'a\\b')] }],
    links: [{ traceId: '0af7651916cd43dd8448eb211c80319d', spanId: 'b7ad6b7169203332' }],
    droppedEventsCount: 2,
  };
  const noTime = { ...span, startTimeUnixNano: '0' };
  const spans = batchOf('traces', {
    resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span, noTime] }] }],
  } as never);
  const traces = await exported({}, spans);
  assert.deepEqual(traces.outcome, {
    kind: 'partial',
    rejectedItems: 1,
    reason: 'expected a span with a start time, got none',
  });
  const ids = 'span_id=b7ad6b7169203331,trace_id=0af7651916cd43dd8448eb211c80319c';
  assert.deepEqual(traces.lines, [
    'spans,service.name=my\\ shop,span.name=GET\\ /cart trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331",parent_span_id="00f067aa0ba902b7",span.kind="Server",end_time_unix_nano=3000i,duration_nano=2000i,otel.status_code="Error",otel.status_description="it \\"failed\\"",attributes="{\\"http.route\\":\\"/cart\\",\\"n\\":9007199254740993,\\"otel.library.name\\":\\"lib\\",\\"otel.library.version\\":\\"2\\"}",dropped_events_count=2i 1000',
    `logs,${ids} event.name="retry",attributes="{\\"why\\":\\"a\\\\\\\\b\\"}" 1500`,
    `span-links,linked_span_id=b7ad6b7169203332,linked_trace_id=0af7651916cd43dd8448eb211c80319d,${ids} dropped_attributes_count=0i 1000`,
  ]);
  const records = [
    { observedTimeUnixNano: '7', severityNumber: 9, severityText: 'INFO', body: { stringValue: 'line\nbreak' } },
    { body: { stringValue: 'never' } },
  ];
  const logs = await exported(
    {},
    batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] } as never),
  );
  assert.equal(logs.outcome.kind, 'partial');
  assert.equal(
    `${logs.lines.join('\n')}`,
    'logs,service.name=my\\ shop severity_number=9i,severity_text="INFO",body="line\nbreak" 7',
  );
});

test('rejects what lines cannot represent, and writes the rest', async () => {
  const delta = { name: 'd', sum: { aggregationTemporality: 1, dataPoints: [point({ asInt: '1' })] } };
  const cases: [object, RegExp][] = [
    [delta, /expected cumulative temporality of d: use the processor delta_to_cumulative/],
    [
      { name: 'nan', gauge: { dataPoints: [point({ asDouble: 'NaN' })] } },
      /expected a value that is a number, got none/,
    ],
    [{ name: 'none', gauge: { dataPoints: [point({})] } }, /expected a data point with a value, got none/],
    [{ name: 'old', gauge: { dataPoints: [{ asInt: '1' }] } }, /expected a data point with a time, got none/],
    [
      { name: 'e', exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point({ count: '1' })] } },
      /expected no exponential histogram/,
    ],
  ];
  for (const [metric, reason] of cases) {
    const { outcome, lines } = await exported({}, metricsOf(metric, METRICS[0] as object));
    assert.ok(outcome.kind === 'partial' && outcome.rejectedItems === 1);
    assert.match(outcome.reason, reason);
    assert.deepEqual(lines, [`temp${TAGS} gauge=21.5 5`]);
  }
  const odd = {
    name: 'a b\\',
    gauge: { dataPoints: [{ timeUnixNano: '5', asInt: '1', attributes: [text('k', 'v\n\\')] }] },
  };
  const { lines } = await exported({}, metricsOf(odd));
  assert.equal(lines[0]?.split(',otel')[0], 'a\\ b,k=v\\ ');
});

test('splits requests, and counts the lines that a server rejects', async () => {
  const many = Array.from({ length: 5 }, (_, i) => ({ name: `m${i}`, gauge: { dataPoints: [point({ asInt: '1' })] } }));
  const conflict = '{"error":"partial write: field type conflict: already exists as type float dropped=1"}';
  const { outcome, requests } = await exported({ payload_max_lines: 2 }, metricsOf(...many), [
    [204, ''],
    [400, conflict],
    [400, '{"error":"unable to parse"}'],
  ]);
  assert.deepEqual(
    requests.map((request) => linesOf(request).length),
    [2, 2, 1],
  );
  assert.ok(outcome.kind === 'partial' && outcome.rejectedItems === 2);
  assert.match(outcome.reason, /dropped=1/);
  const unavailable = await exported({ retry_on_failure: { enabled: false } }, metricsOf(...many), [[503, 'later']]);
  assert.equal(unavailable.outcome.kind, 'retry');
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const endpoint = 'http://127.0.0.1:8086';
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'localhost:8086', ...BUCKET }, /endpoint: expected an http or https URL/],
    [{ endpoint, bucket: 'b' }, /org: expected an organization/],
    [{ endpoint, org: 'o' }, /bucket: expected a bucket/],
    [{ endpoint, v1_compatibility: { enabled: true } }, /v1_compatibility.db: expected a database/],
    [{ endpoint, ...BUCKET, metrics_schema: 'other' }, /metrics_schema/],
    [{ endpoint, ...BUCKET, span_dimensions: ['a', 'a'] }, /span_dimensions: expected each name once/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(influxdb, { config }), message);
});
