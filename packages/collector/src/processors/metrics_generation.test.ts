import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { metricsGeneration } from './metrics_generation.ts';

processorContract(metricsGeneration);

const gauge = (name: string, ...points: readonly object[]): MetricJson => ({
  name,
  gauge: { dataPoints: points.map((point) => ({ ...point })) },
});
const pod = (value: string) => ({ attributes: [{ key: 'pod', value: { stringValue: value } }] });

async function generate(config: object, ...metrics: MetricJson[]): Promise<MetricJson[]> {
  const bench = await createComponentBench(metricsGeneration, { config: { ...config } });
  await bench.start();
  await bench.send(metricsBatch(metrics));
  const received = takeMetrics(bench);
  await bench.close();
  return received.slice(metrics.length);
}

const calculate = (operation: string) => ({
  name: 'new',
  unit: 'u',
  type: 'calculate',
  metric1: 'a',
  metric2: 'b',
  operation,
});

test('scales a metric, and metrics of rules before', async () => {
  const rules = [
    { name: 'bytes', unit: 'By', type: 'scale', metric1: 'mb', operation: 'multiply', scale_by: 1024 },
    { name: 'half', type: 'scale', metric1: 'mb', operation: 'divide', scale_by: 2 },
    { name: 'nothing', type: 'scale', metric1: 'mb', scale_by: 2 },
  ];
  const metric: MetricJson = {
    name: 'mb',
    unit: 'MB',
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt: '3', timeUnixNano: '5' }] },
  };
  assert.deepEqual(await generate({ rules }, metric), [
    { name: 'bytes', unit: 'By', sum: { dataPoints: [{ asDouble: 3072, timeUnixNano: '5' }] } },
    { name: 'half', sum: { dataPoints: [{ asDouble: 1.5, timeUnixNano: '5' }] } },
  ]);
});

test('calculates with the first point of the second metric, and skips divisions by zero', async () => {
  const metrics = [
    gauge('a', { asInt: '6', ...pod('x') }, { asDouble: 1 }),
    gauge('b', { asInt: '2' }, { asInt: '9' }),
  ];
  for (const [operation, x, y] of [
    ['add', 8, 3],
    ['subtract', 4, -1],
    ['multiply', 12, 2],
    ['divide', 3, 0.5],
    ['percent', 300, 50],
  ] as const) {
    assert.deepEqual(await generate({ rules: [calculate(operation)] }, ...metrics), [
      { ...gauge('new', { asDouble: x, ...pod('x') }, { asDouble: y }), unit: 'u' },
    ]);
  }
  assert.deepEqual(
    await generate({ rules: [calculate('divide')] }, gauge('a', { asInt: '1' }), gauge('b', { asInt: '0' })),
    [],
  );
  assert.deepEqual(await generate({ rules: [calculate('add')] }, gauge('a', { asInt: '1' })), []);
});

test('combines points with equal common attributes with match_attributes', async () => {
  const node = [{ key: 'node', value: { stringValue: 'n' } }];
  const generated = await generate(
    { rules: [calculate('add')], match_attributes: true },
    gauge('a', { asInt: '1', ...pod('x') }, { asInt: '2', ...pod('y') }),
    gauge('b', { asInt: '10', attributes: [...pod('x').attributes, ...node] }, { asInt: '20', attributes: node }),
  );
  const attributes = (value: string) => [...pod(value).attributes, ...node];
  assert.deepEqual(generated, [
    {
      ...gauge(
        'new',
        { asDouble: 11, attributes: attributes('x') },
        { asDouble: 21, attributes: attributes('x') },
        { asDouble: 22, attributes: attributes('y') },
      ),
      unit: 'u',
    },
  ]);
});

test('rejects incomplete rules', async () => {
  for (const rule of [
    { ...calculate('add'), name: '' },
    { ...calculate('add'), type: 'other' },
    { ...calculate('add'), metric1: undefined },
    { ...calculate('add'), metric2: undefined },
    { ...calculate('add'), name: 'a' },
    { ...calculate('add'), name: 'b' },
    calculate('power'),
    { name: 'n', type: 'scale', metric1: 'a', operation: 'add', scale_by: -1 },
  ])
    await assert.rejects(createComponentBench(metricsGeneration, { config: { rules: [rule] } }), /expected/);
});
