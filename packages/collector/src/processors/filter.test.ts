import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench, processorContract } from '@otelier/testkit';
import { filter } from './filter.ts';

processorContract(filter);

const attribute = (key: string, value: object) => ({ key, value });
const resource = { attributes: [attribute('service.name', { stringValue: 'shop' })] };

function traces(...spans: object[]) {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'lib' }, spans }] }] };
}

function span(name: string, more: object = {}) {
  return { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name, ...more };
}

/** Sends one request through a filter and returns the result. */
async function filtered(signal: Signal, config: Record<string, unknown>, json: object) {
  const bench = await createComponentBench(filter, { signals: [signal], config });
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok, JSON.stringify(request));
  await bench.start();
  const { bytes, itemCount } = request;
  const outcome = await bench.send({
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: localContext(0),
  });
  await bench.service.shutdown();
  const output = bench.received.flatMap(({ parts }) => parts.map((part) => requestToJson(signal, part))).join('\n');
  const names = [...output.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name).filter((name) => name !== 'lib');
  return {
    outcome,
    names,
    output,
    dropped: bench.dropped(),
    itemCount: bench.received.reduce((sum, batch) => sum + batch.itemCount, 0),
  };
}

test('drops spans that match any condition, and counts them', async () => {
  const config = {
    traces: { span: ['attributes["http.response.status_code"] == 500', 'IsMatch(name, "^GET /health")'] },
  };
  const json = traces(
    span('failing', { attributes: [attribute('http.response.status_code', { intValue: '500' })] }),
    span('failing, as a double', { attributes: [attribute('http.response.status_code', { doubleValue: 500 })] }),
    span('500 as text', { attributes: [attribute('http.response.status_code', { stringValue: '500' })] }),
    span('GET /healthz'),
    span('fine'),
  );
  const { names, dropped, itemCount, outcome } = await filtered('traces', config, json);
  assert.deepEqual(names, ['500 as text', 'fine']);
  assert.deepEqual(dropped, { filtered: 3 });
  assert.equal(itemCount, 2);
  assert.equal(outcome.kind, 'accepted');
});

test('accepts a batch without remaining items, and forwards nothing', async () => {
  const { output, outcome } = await filtered('traces', { traces: { span: ['true'] } }, traces(span('a'), span('b')));
  assert.equal(output, '');
  assert.equal(outcome.kind, 'accepted');
});

test('reads resource, scope, status, kind, IDs and times', async () => {
  const conditions = [
    'resource.attributes["service.name"] == "shop"',
    'instrumentation_scope.name == "lib"',
    'status.code == STATUS_CODE_ERROR',
    'span.kind == SPAN_KIND_SERVER',
    'trace_id.string == "0af7651916cd43dd8448eb211c80319c"',
    'span_id == 0xb7ad6b7169203331',
    'parent_span_id == 0x',
    'end_time_unix_nano == 0',
  ];
  const json = traces(span('yes', { kind: 2, status: { code: 2 } }));
  assert.deepEqual((await filtered('traces', { traces: { span: [conditions.join(' and ')] } }, json)).names, []);
  for (const condition of conditions) {
    assert.deepEqual(
      (await filtered('traces', { traces: { span: [`not (${condition})`] } }, json)).names,
      ['yes'],
      condition,
    );
  }
});

test('compares a missing attribute as nil', async () => {
  const json = traces(span('without'), span('with', { attributes: [attribute('user', { stringValue: 'x' })] }));
  assert.deepEqual((await filtered('traces', { traces: { span: ['attributes["user"] == nil'] } }, json)).names, [
    'with',
  ]);
  assert.deepEqual((await filtered('traces', { traces: { span: ['attributes["user"] != "y"'] } }, json)).names, []);
  assert.deepEqual((await filtered('traces', { traces: { span: ['attributes["user"] < 5'] } }, json)).names, [
    'without',
    'with',
  ]);
});

test('drops span events and keeps the spans', async () => {
  const events = [
    { timeUnixNano: '1', name: 'debug' },
    { timeUnixNano: '2', name: 'exception' },
  ];
  const { names, itemCount } = await filtered(
    'traces',
    { traces: { spanevent: ['name == "debug" and span.name == "a"'] } },
    traces(span('a', { events }), span('b', { events })),
  );
  assert.deepEqual(names, ['a', 'exception', 'b', 'debug', 'exception']);
  assert.equal(itemCount, 2);
});

const point = (value: object) => ({ timeUnixNano: '5', ...value });
const metrics = {
  resourceMetrics: [
    {
      resource,
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'cpu',
              gauge: {
                dataPoints: [
                  point({ asDouble: 0.5, attributes: [attribute('core', { intValue: '1' })] }),
                  point({ asDouble: 0.9, attributes: [attribute('core', { intValue: '2' })] }),
                ],
              },
            },
            {
              name: 'requests',
              sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point({ asInt: '7' })] },
            },
            {
              name: 'latency',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [point({ count: '3', sum: 1.5, attributes: [attribute('core', { intValue: '1' })] })],
              },
            },
          ],
        },
      ],
    },
  ],
};

test('drops metrics by name, type and temporality, and counts their points', async () => {
  const { names, dropped } = await filtered(
    'metrics',
    {
      metrics: {
        metric: [
          'type == METRIC_DATA_TYPE_GAUGE',
          'aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA',
          'is_monotonic and name == "x"',
        ],
      },
    },
    metrics,
  );
  assert.deepEqual(names, ['requests']);
  assert.deepEqual(dropped, { filtered: 3 });
});

test('drops data points of every kind by attribute and value, and metrics without remaining points', async () => {
  const { names, itemCount } = await filtered(
    'metrics',
    { metrics: { datapoint: ['attributes["core"] == 1', 'metric.name == "requests" and value_int == 7'] } },
    metrics,
  );
  assert.deepEqual(names, ['cpu']);
  assert.equal(itemCount, 1);
});

test('drops log records by severity and by text or structured body', async () => {
  const record = (severityNumber: number, body: object) => ({ severityNumber, body });
  const json = {
    resourceLogs: [
      {
        resource,
        scopeLogs: [
          {
            logRecords: [
              record(5, { stringValue: 'chatter' }),
              record(17, { stringValue: 'boom' }),
              record(9, { kvlistValue: { values: [attribute('path', { stringValue: '/healthz' })] } }),
            ],
          },
        ],
      },
    ],
  };
  const { output, itemCount } = await filtered(
    'logs',
    { logs: { log_record: ['severity_number < SEVERITY_NUMBER_INFO', 'body["path"] == "/healthz"'] } },
    json,
  );
  assert.match(output, /boom/);
  assert.equal(itemCount, 1);
});

test('drops resources with all their spans', async () => {
  const { output, dropped } = await filtered(
    'traces',
    { traces: { resource: ['attributes["service.name"] == "shop"'] } },
    traces(span('a'), span('b')),
  );
  assert.equal(output, '');
  assert.deepEqual(dropped, { filtered: 2 });
});

for (const [condition, message] of [
  ['attribute["x"] == 1', /unknown path "attribute".*did you mean "attributes"/i],
  ['attributes == 1', /expected a key, as in attributes\["http\.route"\]/],
  ['name["x"] == 1', /expected no key: name is not a map/],
] as const) {
  test(`rejects ${condition} when the configuration is read`, async () => {
    await assert.rejects(createComponentBench(filter, { config: { traces: { span: [condition] } } }), message);
  });
}
