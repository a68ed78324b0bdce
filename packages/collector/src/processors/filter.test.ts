import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { attribute, filtered, resource, span, traces } from './filter/filtered.testing.ts';
import { filter } from './filter.ts';

processorContract(filter);

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
    'span_id == SpanID(0xb7ad6b7169203331)',
    'IsRootSpan()',
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
          'is_monotonic == true and name == "x"',
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
    { logs: { log_record: ['severity_number < SEVERITY_NUMBER_INFO', 'IsMap(body) and body["path"] == "/healthz"'] } },
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
  ['attributes["x"]', /expected a comparison/],
  ['name["x"] == 1', /expected no key: span\.name is not a map/],
  ['IsMach(name, "x")', /unknown IsMach; did you mean "IsMatch"/],
  ['kind == SPAN_KIND_SERVR', /unknown SPAN_KIND_SERVR; did you mean "SPAN_KIND_SERVER"/],
] as const) {
  test(`rejects ${condition} when the configuration is read`, async () => {
    await assert.rejects(createComponentBench(filter, { config: { traces: { span: [condition] } } }), message);
  });
}

const bodies = {
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ body: { stringValue: 'text' } }, { body: { kvlistValue: { values: [] } } }] }] },
  ],
};

test('refuses a batch on which a condition fails if errors propagate', async () => {
  const logs = { log_record: ['body["path"] == "/healthz"'] };
  const { outcome, output } = await filtered('logs', { error_mode: 'propagate', logs }, bodies);
  assert.equal(outcome.kind, 'refused');
  assert.match(JSON.stringify(outcome), /expected a map or list as the body of the log record, got string/);
  assert.equal(output, '');
  assert.equal((await filtered('logs', { logs }, bodies)).itemCount, 2);
  for (const mode of ['ignore', 'silent'])
    assert.equal((await filtered('logs', { error_mode: mode, logs }, bodies)).itemCount, 2, mode);
});

test('infers the context of conditions from their paths', async () => {
  const json = traces(span('a', { kind: 2, events: [{ name: 'debug' }] }), span('b'));
  const names = async (...conditions: string[]) =>
    (await filtered('traces', { trace_conditions: conditions }, json)).names;
  assert.deepEqual(await names('span.name == "a"'), ['b']);
  assert.deepEqual(await names('spanevent.name == "debug"'), ['a', 'b']);
  assert.deepEqual(await names('resource.attributes["service.name"] == "shop"'), []);
  // The enumeration value exists only in the span context, which is nested in the resource context.
  assert.deepEqual(await names('resource.attributes["service.name"] == "shop" and SPAN_KIND_SERVER == 3'), [
    'a',
    'debug',
    'b',
  ]);
  const groups = [{ context: 'span', conditions: ['name == "a"'] }, { conditions: ['span.name == "b"'] }];
  assert.deepEqual((await filtered('traces', { trace_conditions: groups }, json)).names, []);
});

test('rejects conditions whose context cannot be inferred', async () => {
  const create = (...conditions: string[]) =>
    createComponentBench(filter, { config: { trace_conditions: conditions } });
  await assert.rejects(create('name == "a"'), /expected paths that begin with a context/);
  await assert.rejects(
    create('span.name == "a" and log.body == "b"'),
    /expected a path that begins with|expected paths/,
  );
});

test('drops metrics by the attributes of their data points', async () => {
  const dropped = async (condition: string) =>
    (await filtered('metrics', { metrics: { metric: [condition] } }, metrics)).names;
  assert.deepEqual(await dropped('HasAttrKeyOnDatapoint("core")'), ['requests']);
  assert.deepEqual(await dropped('HasAttrOnDatapoint("core", "2")'), ['requests', 'latency']);
});
