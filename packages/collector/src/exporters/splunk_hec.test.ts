import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  batchOf,
  createComponentBench,
  exporterContract,
  type sampleBatch,
  startRecordingHttpServer,
} from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { splunkHec as receiver } from '../receivers/splunk_hec.ts';
import { splunkHec } from './splunk_hec.ts';

/** A server that records requests and responds with a list of statuses, then with 200. */
function startServer(statuses: readonly number[] = []) {
  return startRecordingHttpServer((_, count) => ({
    status: statuses[count - 1] ?? 200,
    body: '{"text":"Success","code":0}',
  }));
}

exporterContract(splunkHec, {
  destination: async () => {
    const server = await startServer();
    return { config: { endpoint: server.url, token: 't' }, close: () => server.close() };
  },
  config: { endpoint: 'http://127.0.0.1:1', token: 't' },
});

type Batch = ReturnType<typeof sampleBatch>;

async function exported(config: object, batch: Batch, statuses: readonly number[] = []) {
  const server = await startServer(statuses);
  const bench = await createComponentBench(splunkHec, {
    config: { endpoint: server.url, token: 'tok', sending_queue: { enabled: false }, ...config },
    signals: [batch.signal],
    clock: systemClock,
  });
  await bench.start();
  const outcome = await bench.send(batch);
  await bench.service.shutdown();
  await server.close();
  return { outcome, requests: server.requests, events: server.requests.flatMap(({ text }) => eventsOf(text)) };
}

/** Each event begins with its time or its host. Raw data has none. */
function eventsOf(body: string): unknown[] {
  return !body.startsWith('{')
    ? []
    : body.split(/(?<=\})(?=\{"(?:time|host)":)/).map((text) => JSON.parse(text) as unknown);
}

const RESOURCE = {
  attributes: [
    { key: 'host.name', value: { stringValue: 'web-1' } },
    { key: 'service.name', value: { stringValue: 'shop' } },
  ],
};

function logsOf(logRecords: readonly object[], resource: object = RESOURCE): Batch {
  return batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] } as never);
}

function metricsOf(metrics: readonly object[]): Batch {
  return batchOf('metrics', { resourceMetrics: [{ resource: RESOURCE, scopeMetrics: [{ metrics }] }] } as never);
}

const string = (key: string, stringValue: string) => ({ key, value: { stringValue } });

test('sends log records as events, with their attributes as fields', async () => {
  const record = {
    timeUnixNano: '1700000000123456789',
    severityNumber: 17,
    severityText: 'ERROR',
    body: { stringValue: 'it failed' },
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    attributes: [
      string('com.splunk.sourcetype', 'app'),
      { key: 'count', value: { intValue: '9007199254740993' } },
      { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }] } } },
      { key: 'deep', value: { kvlistValue: { values: [{ key: 'a', value: { boolValue: true } }] } } },
      { key: 'lists', value: { arrayValue: { values: [{ arrayValue: { values: [] } }] } } },
    ],
  };
  const { outcome, requests } = await exported({ source: 'otel', index: 'main' }, logsOf([record]));
  assert.equal(outcome.kind, 'accepted');
  const [request] = requests;
  assert.ok(request);
  const { url, headers, text } = request;
  assert.equal(url, '/services/collector');
  assert.deepEqual([headers.authorization, headers['content-type']], ['Splunk tok', 'application/json']);
  assert.equal(headers['__splunk_app_name'], 'OpenTelemetry Collector Contrib');
  assert.match(text, /"count":9007199254740993[,}]/);
  assert.deepEqual(JSON.parse(text.replace('9007199254740993', '1')), {
    time: 1_700_000_000.123,
    host: 'web-1',
    source: 'otel',
    sourcetype: 'app',
    index: 'main',
    event: 'it failed',
    fields: {
      span_id: 'cd'.repeat(8),
      trace_id: 'ab'.repeat(16),
      'otel.log.severity.text': 'ERROR',
      'otel.log.severity.number': 17,
      'service.name': 'shop',
      count: 1,
      list: [1],
      'deep.a': true,
      lists: '[[]]',
    },
  });
});

test('rejects log records without a body or that are too large, and sends the others', async () => {
  const bodies = ['', 'small', 'x'.repeat(2000)].map((stringValue) => ({ body: { stringValue } }));
  const { outcome, events } = await exported({ max_event_size: 1000 }, logsOf(bodies));
  assert.deepEqual(outcome, { kind: 'partial', rejectedItems: 2, reason: 'expected a body, which Splunk requires' });
  assert.deepEqual(events, [{ host: 'web-1', event: 'small', fields: { 'service.name': 'shop' } }]);
});

test('splits requests, compresses large ones, and sends each with the token of its resource', async () => {
  const records = Array.from({ length: 40 }, (_, index) => ({ body: { stringValue: `${index}`.padStart(100, '0') } }));
  const { requests, events } = await exported({ max_content_length_logs: 3000 }, logsOf(records));
  assert.equal(events.length, 40);
  assert.ok(requests.length > 1);
  assert.ok(requests.every(({ body }) => body.length <= 3000));
  assert.equal(requests[0]?.headers['content-encoding'], 'gzip');
  const plain = await exported({ disable_compression: true }, logsOf(records));
  assert.equal(plain.requests[0]?.headers['content-encoding'], undefined);
  const resource = { attributes: [string('com.splunk.hec.access_token', 'other')] };
  const { requests: passed } = await exported({}, logsOf([{ body: { stringValue: 'x' } }], resource));
  assert.equal(passed[0]?.headers.authorization, 'Splunk other');
  assert.deepEqual(eventsOf(passed[0]?.text ?? ''), [{ host: 'unknown', event: 'x' }]);
});

test('tries again what was not accepted, and only that', async () => {
  const records = Array.from({ length: 4 }, (_, index) => ({ body: { stringValue: `${index}`.padStart(100, '0') } }));
  const config = { max_content_length_logs: 200, retry_on_failure: { initial_interval: '1ms' } };
  const { outcome, requests } = await exported(config, logsOf(records), [200, 503, 429, 200, 400, 200]);
  assert.deepEqual(
    requests.map(({ text }) => Number(/"(0\d+)"/.exec(text)?.[1])),
    [0, 1, 1, 1, 2, 3],
  );
  assert.equal(outcome.kind, 'partial');
  assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
});

test('sends raw bodies as lines', async () => {
  const map = { kvlistValue: { values: [string('a', 'b')] } };
  const { requests } = await exported({ export_raw: true }, logsOf([{ body: { stringValue: 'one' } }, { body: map }]));
  assert.equal(requests[0]?.text, 'one\n{"a":"b"}\n');
});

test('sends points as metric events', async () => {
  const attributes = [string('core', '0')];
  const metrics = [
    { name: 'load', gauge: { dataPoints: [{ timeUnixNano: '1000000000', asDouble: 0.5, attributes }] } },
    { name: 'hits', sum: { aggregationTemporality: 2, dataPoints: [{ asInt: '7' }] } },
    {
      name: 'size',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ count: '3', sum: 12.5, bucketCounts: ['1', '0', '2'], explicitBounds: [1, 2.5] }],
      },
    },
    {
      name: 'wait',
      summary: { dataPoints: [{ count: '2', sum: 3, quantileValues: [{ quantile: 0.99, value: 2.5 }] }] },
    },
    {
      name: 'expo',
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...{ count: '4', sum: 5, scale: 0, zeroCount: '1' },
            ...{ positive: { offset: 0, bucketCounts: ['1', '1'] }, negative: { offset: 0, bucketCounts: ['1'] } },
          },
        ],
      },
    },
  ];
  const { events } = await exported({}, metricsOf(metrics));
  const values = (events as { fields: Record<string, unknown> }[]).map(({ fields }) => {
    const { 'service.name': _, ...rest } = fields;
    return rest;
  });
  const of = (metric_type: string, name: string, value: number, more = {}) => ({
    metric_type,
    [`metric_name:${name}`]: value,
    ...more,
  });
  assert.deepEqual(events[0], {
    time: 1,
    host: 'web-1',
    event: 'metric',
    fields: { 'service.name': 'shop', core: '0', metric_type: 'Gauge', 'metric_name:load': 0.5 },
  });
  assert.deepEqual(values.slice(1), [
    of('Sum', 'hits', 7),
    of('Histogram', 'size_sum', 12.5),
    of('Histogram', 'size_count', 3),
    of('Histogram', 'size_bucket', 1, { le: '1' }),
    of('Histogram', 'size_bucket', 1, { le: '2.5' }),
    of('Histogram', 'size_bucket', 3, { le: '+Inf' }),
    of('Summary', 'wait_sum', 3),
    of('Summary', 'wait_count', 2),
    of('Summary', 'wait_0.99', 2.5, { qt: '0.99' }),
    of('ExponentialHistogram', 'expo_sum', 5),
    of('ExponentialHistogram', 'expo_count', 4),
    of('ExponentialHistogram', 'expo_bucket', 1, { le: '-1' }),
    of('ExponentialHistogram', 'expo_bucket', 2, { le: '0' }),
    of('ExponentialHistogram', 'expo_bucket', 3, { le: '2' }),
    of('ExponentialHistogram', 'expo_bucket', 4, { le: '4' }),
    of('ExponentialHistogram', 'expo_bucket', 4, { le: '+Inf' }),
  ]);
  const { outcome, events: combined } = await exported(
    { use_multi_metric_format: true },
    metricsOf(metrics.slice(0, 3)),
  );
  assert.equal(outcome.kind, 'accepted');
  assert.deepEqual(
    (combined as { fields: Record<string, unknown> }[]).map(({ fields }) => Object.keys(fields).length),
    [4, 3, 4, 4, 4, 4],
  );
});

test('sends spans as events in the form of the Collector', async () => {
  const span = {
    traceId: '01'.repeat(16),
    spanId: '0000000000000001',
    parentSpanId: '0102030405060708',
    name: 'root',
    startTimeUnixNano: '1000000000',
    endTimeUnixNano: '2000000000',
    status: { message: 'ok', code: 1 },
    events: [{ name: 'e', timeUnixNano: '1500000000' }],
  };
  const resource = { attributes: [string('resource', 'R0')] };
  const batch = batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] } as never);
  const { events } = await exported({}, batch);
  assert.deepEqual(events, [
    {
      time: 1,
      host: 'unknown',
      event: {
        trace_id: '01'.repeat(16),
        span_id: '0000000000000001',
        parent_span_id: '0102030405060708',
        name: 'root',
        end_time: 2_000_000_000,
        kind: 'SPAN_KIND_UNSPECIFIED',
        status: { message: 'ok', code: 'STATUS_CODE_OK' },
        start_time: 1_000_000_000,
        events: [{ name: 'e', timestamp: 1_500_000_000 }],
      },
      fields: { resource: 'R0' },
    },
  ]);
});

test('what it sends arrives at the receiver', async (t) => {
  for (const signal of ['logs', 'metrics'] as const) {
    const there = await createComponentBench(receiver, { config: { endpoint: '127.0.0.1:0' }, clock: systemClock });
    t.after(() => there.close());
    await there.start();
    const address = there.service.host.endpoints().find(({ component }) => component === 'tested')?.address;
    const here = await createComponentBench(splunkHec, {
      config: { endpoint: `http://${address}`, token: 't', sending_queue: { enabled: false } },
      signals: [signal],
      clock: systemClock,
    });
    t.after(() => here.close());
    await here.start();
    const batch =
      signal === 'logs'
        ? logsOf([{ body: { stringValue: 'x' } }])
        : metricsOf([{ name: 'a', gauge: { dataPoints: [{ asDouble: 1.5 }] } }]);
    assert.equal((await here.send(batch)).kind, 'accepted');
    assert.equal(there.received[0]?.itemCount, 1);
  }
});

test('checks the health at start, and the token in the configuration', async () => {
  const server = await startServer([503]);
  const bench = await createComponentBench(splunkHec, {
    config: { endpoint: server.url, token: 't', health_check_enabled: true },
    clock: systemClock,
  });
  await assert.rejects(
    bench.start(),
    /health check of .*\/services\/collector\/health failed: the server responded 503/,
  );
  await bench.service.shutdown();
  await server.close();
  await assert.rejects(
    createComponentBench(splunkHec, { config: { endpoint: server.url } }),
    /token: expected a token/,
  );
});
