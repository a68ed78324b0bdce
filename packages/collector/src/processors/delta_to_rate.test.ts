import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { deltaToRate } from './delta_to_rate.ts';

processorContract(deltaToRate, { config: { metrics: ['m'] } });

const sum = (point: object, aggregationTemporality = 1): MetricJson => ({
  name: 'requests',
  unit: 'By',
  description: 'Requests',
  sum: { aggregationTemporality, isMonotonic: true, dataPoints: [{ ...point }] },
});

test('divides by the seconds of the point', async () => {
  const bench = await createComponentBench(deltaToRate, { config: { metrics: ['requests'] } });
  await bench.start();
  const times = { startTimeUnixNano: '1000000000', timeUnixNano: '3500000000' };
  const attributes = [{ key: 'a', value: { stringValue: 'b' } }];
  const other: MetricJson = { ...sum({ asInt: '1' }), name: 'other' };
  await bench.send(
    metricsBatch([sum({ asInt: '5', attributes, ...times }), sum({ asDouble: 1 }), other, sum({ asInt: '1' }, 2)]),
  );
  const gauge = (point: object): MetricJson => ({
    name: 'requests',
    unit: 'By/s',
    description: 'Requests',
    gauge: { dataPoints: [{ ...point }] },
  });
  assert.deepEqual(takeMetrics(bench), [
    gauge({ asDouble: 2, attributes, ...times }),
    gauge({ asDouble: 0 }),
    other,
    sum({ asInt: '1' }, 2),
  ]);
  assert.equal(bench.logs.filter(({ msg }) => String(msg).startsWith('no rate')).length, 1);
  await bench.close();
});

test('refuses a batch with a point without a value', async () => {
  const bench = await createComponentBench(deltaToRate, { config: { metrics: ['requests'] } });
  await bench.start();
  const outcome = await bench.send(metricsBatch([sum({})]));
  assert.equal(outcome.kind, 'refused');
  await bench.close();
});

test('rejects a configuration without metrics', async () => {
  await assert.rejects(createComponentBench(deltaToRate, { config: {} }), /expected/);
});
