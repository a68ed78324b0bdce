import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { batchOf, decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { attributes } from '../ottl/evaluate.testing.ts';
import { signalToMetrics } from './signal_to_metrics.ts';

const ONE = [{ name: 'n', sum: { value: '1' } }];

connectorContract(signalToMetrics, { config: { spans: ONE, datapoints: ONE, logs: ONE } });

/** Returns, by name, the metrics derived from log records with attributes. */
async function madeOf(config: object, resources: readonly (readonly Record<string, unknown>[])[]) {
  const bench = await createComponentBench(signalToMetrics, { config: { ...config }, signals: ['logs'] });
  await bench.start();
  const request = {
    resourceLogs: resources.map((records, index) => ({
      resource: { attributes: attributes({ host: `h${index % 2}`, region: 'eu' }) },
      scopeLogs: [{ logRecords: records.map((values) => ({ attributes: attributes(values) })) }],
    })),
  } as RequestJson['logs'];
  const outcome = await bench.send(batchOf('logs', request));
  await bench.close();
  const resourceMetrics = bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => decodeRequest('metrics', part).resourceMetrics ?? []),
  );
  return { outcome, resourceMetrics, logs: bench.logs, received: bench.received };
}

function pointsOf({ resourceMetrics }: Awaited<ReturnType<typeof madeOf>>) {
  return resourceMetrics.flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ metrics = [] }) =>
      metrics.flatMap((metric) => {
        const data = metric.sum ?? metric.gauge ?? metric.histogram ?? metric.exponentialHistogram;
        return (data?.dataPoints ?? []).map(({ timeUnixNano: _time, ...point }) => ({
          host: resource?.attributes?.find(({ key }) => key === 'host')?.value,
          name: metric.name,
          ...point,
        }));
      }),
    ),
  );
}

test('sums values, by resource and attributes, and keeps integers', async () => {
  const logs = [
    {
      name: 'total',
      attributes: [{ key: 'k', optional: true }],
      sum: { value: 'attributes["v"]', monotonic: true },
    },
  ];
  const made = await madeOf({ logs }, [[{ v: 1n }, { v: 2n, k: 'x' }, { v: 4n }], [{ v: 0.5 }], [{ v: 8n }]]);
  assert.deepEqual(pointsOf(made), [
    { host: { stringValue: 'h0' }, name: 'total', asInt: '13' },
    { host: { stringValue: 'h0' }, name: 'total', asInt: '2', attributes: attributes({ k: 'x' }) },
    { host: { stringValue: 'h1' }, name: 'total', asDouble: 0.5 },
  ]);
});

test('counts only items with all attributes, and fills in defaults', async () => {
  const logs = [{ name: 'n', attributes: [{ key: 'a' }, { key: 'b', default_value: 7 }], sum: { value: '1' } }];
  const made = await madeOf({ logs }, [[{ a: 'x' }, { b: 1n }, { a: 'x', b: 7n }]]);
  assert.deepEqual(pointsOf(made), [
    { host: { stringValue: 'h0' }, name: 'n', asInt: '2', attributes: attributes({ a: 'x', b: 7n }) },
  ]);
});

test('selects attributes of the resource, which merges resources', async () => {
  const logs = [
    { name: 'n', include_resource_attributes: [{ key: 'region' }, { key: 'no', optional: true }], sum: { value: '1' } },
  ];
  const made = await madeOf({ logs }, [[{}], [{}], [{}]]);
  assert.deepEqual(
    made.resourceMetrics.map(({ resource }) => resource),
    [{ attributes: attributes({ region: 'eu' }) }],
  );
  assert.deepEqual(pointsOf(made), [{ host: undefined, name: 'n', asInt: '3' }]);
});

test('selects attributes whose keys an expression returns', async () => {
  const logs = [
    { name: 'n', attributes: [{ keys_expression: 'Split(attributes["keys"], ",")' }], sum: { value: '1' } },
  ];
  const made = await madeOf({ logs }, [[{ keys: 'a,b', a: 'x', c: 'y' }]]);
  assert.deepEqual(pointsOf(made), [
    { host: { stringValue: 'h0' }, name: 'n', asInt: '1', attributes: attributes({ a: 'x' }) },
  ]);
});

test('makes gauges of the last value, and skips items without one', async () => {
  const logs = [{ name: 'g', gauge: { value: 'attributes["v"]' } }];
  const made = await madeOf({ logs }, [[{ v: 1n }, { v: 2.5 }, {}]]);
  assert.deepEqual(pointsOf(made), [{ host: { stringValue: 'h0' }, name: 'g', asDouble: 2.5 }]);
});

test('makes histograms, with counts', async () => {
  const logs = [
    { name: 'h', histogram: { value: 'attributes["v"]', count: 'attributes["c"]', buckets: [1, 2] } },
    { name: 'e', exponential_histogram: { value: 'attributes["v"]', max_size: 4 } },
  ];
  const made = await madeOf({ logs }, [
    [
      { v: 1n, c: 2n },
      { v: 1.5, c: 3.9 },
      { v: 9n, c: 0n },
    ],
  ]);
  const [histogram, exponential] = pointsOf(made) as Record<string, unknown>[];
  assert.deepEqual(histogram, {
    host: { stringValue: 'h0' },
    name: 'h',
    count: '5',
    sum: 6.5,
    bucketCounts: ['2', '3', '0'],
    explicitBounds: [1, 2],
  });
  assert.deepEqual(
    [exponential?.['count'], exponential?.['sum'], exponential?.['min'], exponential?.['max']],
    ['3', 11.5, 1, 9],
  );
});

test('failing expressions skip the item, or refuse the batch with error_mode propagate', async () => {
  const logs = [{ name: 'n', sum: { value: 'attributes["v"]' } }];
  const items = [[{ v: 'text' }, { v: 1n }, {}]];
  const refused = await madeOf({ logs }, items);
  assert.deepEqual([refused.outcome.kind, refused.received.length], ['refused', 0]);
  const ignored = await madeOf({ logs, error_mode: 'ignore' }, items);
  assert.deepEqual(pointsOf(ignored), [{ host: { stringValue: 'h0' }, name: 'n', asInt: '1' }]);
  assert.equal(ignored.logs.filter(({ msg }) => String(msg).startsWith('statement failed')).length, 2);
  const silent = await madeOf({ logs, error_mode: 'silent' }, items);
  assert.equal(silent.logs.filter(({ msg }) => String(msg).startsWith('statement failed')).length, 0);
});

test('counts sampled spans by their threshold', async () => {
  const spans = [{ name: 'n', sum: { value: 'AdjustedCount()' } }];
  const bench = await createComponentBench(signalToMetrics, { config: { spans }, signals: ['traces'] });
  await bench.start();
  const states = [{ traceState: 'ot=th:c' }, { traceState: 'a=b' }, {}];
  const request = { resourceSpans: [{ scopeSpans: [{ spans: states }] }] } as RequestJson['traces'];
  await bench.send(batchOf('traces', request));
  const [metrics] = decodeRequest('metrics', bench.received[0]?.parts[0] ?? new Uint8Array()).resourceMetrics ?? [];
  assert.equal(metrics?.scopeMetrics?.[0]?.metrics?.[0]?.sum?.dataPoints?.[0]?.asDouble, 6);
  await bench.close();
});

for (const [what, config, message] of [
  ['nothing', {}, /expected metrics under spans, datapoints or logs/],
  ['a metric without a name', { logs: [{ sum: { value: '1' } }] }, /logs\[0\]\.name/],
  ['a metric without a kind', { logs: [{ name: 'a' }] }, /logs\[0\]: expected one of sum, gauge, histogram/],
  [
    'a metric of two kinds',
    { logs: [{ name: 'a', sum: { value: '1' }, gauge: { value: '1' } }] },
    /expected one of sum, gauge/,
  ],
  ['a sum without a value', { logs: [{ name: 'a', sum: {} }] }, /logs\[0\]\.sum\.value/],
  [
    'a key twice',
    { logs: [{ name: 'a', sum: { value: '1' }, attributes: [{ key: 'x' }, { key: 'x' }] }] },
    /attributes\[1\]: expected each key once/,
  ],
  [
    'an attribute without a key',
    { logs: [{ name: 'a', sum: { value: '1' }, attributes: [{}] }] },
    /expected either a key or a keys_expression/,
  ],
  [
    'a default of an optional attribute',
    { logs: [{ name: 'a', sum: { value: '1' }, attributes: [{ key: 'x', optional: true, default_value: 1 }] }] },
    /expected either default_value or optional/,
  ],
  ['a syntax error', { logs: [{ name: 'a', sum: { value: '1 +' } }] }, /logs\[0\]\.sum\.value: .*at character/],
  [
    'groks without a key',
    { logs: [{ name: 'a', gauge: { value: 'ExtractGrokPatterns(body, "%{INT:a}")' } }] },
    /expected a key such as/,
  ],
  [
    'a tiny exponential histogram',
    { logs: [{ name: 'a', exponential_histogram: { value: '1', max_size: 1 } }] },
    /max_size: expected a number of at least 2/,
  ],
] as const) {
  test(`rejects ${what}`, async () => {
    await assert.rejects(createComponentBench(signalToMetrics, { config: { ...config } }), message);
  });
}
