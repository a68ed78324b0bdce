import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { VERSION } from '../component/version.ts';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { metricsTransform } from './metrics_transform.ts';

processorContract(metricsTransform);

const label = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const gauge = (
  name: string,
  ...points: readonly (readonly [value: number, ...labels: readonly object[]])[]
): MetricJson => ({
  name,
  gauge: {
    dataPoints: points.map(([asDouble, ...attributes]) => ({
      asDouble,
      ...(attributes.length > 0 && { attributes }),
    })) as never,
  },
});

async function benchOf(...transforms: readonly object[]) {
  const bench = await createComponentBench(metricsTransform, { config: { transforms } });
  await bench.start();
  return bench;
}

async function transform(transforms: readonly object[], ...metrics: MetricJson[]): Promise<MetricJson[]> {
  const bench = await benchOf(...transforms);
  await bench.send(metricsBatch(metrics));
  const received = takeMetrics(bench);
  await bench.close();
  return received;
}

test('renames metrics, and copies of them', async () => {
  assert.deepEqual(
    await transform(
      [
        { include: 'cpu', action: 'insert', new_name: 'cpu.copy' },
        { include: '^cpu(.*)$', match_type: 'regexp', action: 'update', new_name: 'system.cpu$1' },
      ],
      gauge('cpu', [1]),
      gauge('other', [2]),
    ),
    [gauge('system.cpu', [1]), gauge('other', [2]), gauge('system.cpu.copy', [1])],
  );
});

test('adds, renames and replaces attributes', async () => {
  const operations = [
    { action: 'add_label', new_label: 'version', new_value: 'otelier {{version}}' },
    {
      action: 'update_label',
      label: 'state',
      new_label: 'cpu_state',
      value_actions: [{ value: 'idle', new_value: '-' }],
    },
  ];
  assert.deepEqual(
    await transform([{ include: 'cpu', action: 'update', operations }], gauge('cpu', [1, label('state', 'idle')])),
    [gauge('cpu', [1, label('cpu_state', '-'), label('version', `otelier ${VERSION}`)])],
  );
});

test('aggregates points across attributes and values', async () => {
  const cpu = gauge(
    'cpu',
    [1, label('state', 'a'), label('cpu', '0')],
    [4, label('state', 'a'), label('cpu', '1')],
    [2, label('state', 'b'), label('cpu', '0')],
  );
  const aggregate = { action: 'aggregate_labels', label_set: ['state'], aggregation_type: 'mean' };
  assert.deepEqual(await transform([{ include: 'cpu', action: 'update', operations: [aggregate] }], cpu), [
    gauge('cpu', [2.5, label('state', 'a')], [2, label('state', 'b')]),
  ]);
  const values = {
    action: 'aggregate_label_values',
    label: 'state',
    aggregated_values: ['a', 'b'],
    new_value: 'ab',
    aggregation_type: 'sum',
  };
  assert.deepEqual(await transform([{ include: 'cpu', action: 'update', operations: [values] }], cpu), [
    gauge(
      'cpu',
      [3, label('cpu', '0'), label('state', 'ab')].toSpliced(1, 2, label('state', 'ab'), label('cpu', '0')) as never,
      [4, label('state', 'ab'), label('cpu', '1')],
    ),
  ]);
});

test('combines metrics into one, also if no other metric is left', async () => {
  assert.deepEqual(
    await transform(
      [
        {
          include: '^requests\\.(?P<method>.*)$',
          match_type: 'regexp',
          action: 'combine',
          new_name: 'requests',
          aggregation_type: 'sum',
          submatch_case: 'upper',
        },
      ],
      gauge('requests.get', [1]),
      gauge('requests.put', [2]),
    ),
    [gauge('requests', [1, label('method', 'GET')], [2, label('method', 'PUT')])],
  );
});

test('deletes points and metrics without points, and counts them', async () => {
  const bench = await benchOf({
    include: '.*',
    match_type: 'regexp',
    action: 'update',
    operations: [{ action: 'delete_label_value', label: 'state', label_value: 'idle' }],
  });
  await bench.send(
    metricsBatch([gauge('a', [1, label('state', 'idle')]), gauge('b', [1, label('state', 'idle')], [2])]),
  );
  assert.deepEqual(takeMetrics(bench), [gauge('b', [2])]);
  await bench.send(metricsBatch([gauge('a', [1, label('state', 'idle')])]));
  assert.deepEqual(bench.received, []);
  assert.deepEqual(bench.dropped(), { filtered: 3 });
  await bench.close();
});

test('groups metrics under a resource of their own', async () => {
  const bench = await benchOf({ include: 'a', action: 'group', group_resource_labels: { kind: 'pod' } });
  await bench.send(metricsBatch([gauge('a', [1]), gauge('b', [2])]));
  const resources = bench.received
    .flatMap(({ parts }) => parts)
    .flatMap((part) => decodeRequest('metrics', part).resourceMetrics ?? []);
  assert.deepEqual(
    resources.map(({ resource, scopeMetrics }) => [
      resource?.attributes?.length,
      scopeMetrics?.[0]?.metrics?.[0]?.name,
    ]),
    [
      [1, 'b'],
      [2, 'a'],
    ],
  );
  assert.equal(bench.received[0]?.itemCount, 2);
  await bench.close();
});

test('leaves batches without a matching metric unchanged', async () => {
  const bench = await benchOf({ include: 'x', action: 'update', new_name: 'y' });
  const batch = metricsBatch([gauge('a', [1])]);
  await bench.send(batch);
  assert.equal(bench.received[0], batch);
  await bench.close();
});

test('reports metrics that cannot be combined once', async () => {
  const bench = await benchOf({
    include: '.*',
    match_type: 'regexp',
    action: 'combine',
    new_name: 'c',
    aggregation_type: 'sum',
  });
  const metrics = [gauge('a', [1]), { ...gauge('b', [2]), unit: 's' }];
  for (let n = 0; n < 2; n++) await bench.send(metricsBatch(metrics));
  assert.deepEqual(takeMetrics(bench), [...metrics, ...metrics]);
  assert.equal(bench.logs.filter(({ msg }) => msg === 'metric not transformed').length, 1);
  await bench.close();
});

test('rejects incomplete transforms', async () => {
  for (const transform of [
    { action: 'update' },
    { include: 'a', action: 'insert' },
    { include: 'a', action: 'combine', new_name: 'b' },
  ])
    await assert.rejects(createComponentBench(metricsTransform, { config: { transforms: [transform] } }), /expected/);
});
