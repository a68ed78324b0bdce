import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { metricStartTime } from './metric_start_time.ts';

processorContract(metricStartTime);

async function benchOf(config: object = {}) {
  const bench = await createComponentBench(metricStartTime, { config: { ...config } });
  await bench.start();
  return {
    ...bench,
    async adjust(...metrics: MetricJson[]) {
      await bench.send(metricsBatch(metrics));
      return takeMetrics(bench);
    },
  };
}

const sum = (asInt: string, timeUnixNano: string, startTimeUnixNano?: string): MetricJson => ({
  name: 'requests',
  sum: {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: [{ asInt, timeUnixNano, ...(startTimeUnixNano !== undefined && { startTimeUnixNano }) }],
  },
});

test('true_reset_point: the first point is the start, and a reset a millisecond before the point', async () => {
  const bench = await benchOf();
  assert.deepEqual(await bench.adjust(sum('5', '10000000')), [sum('5', '10000000', '10000000')]);
  assert.deepEqual(await bench.adjust(sum('7', '20000000')), [sum('7', '20000000', '10000000')]);
  assert.deepEqual(await bench.adjust(sum('2', '30000000')), [sum('2', '30000000', '29000000')]);
  assert.deepEqual(await bench.adjust(sum('2', '40000000', '1')), [sum('2', '40000000', '1')]);
  await bench.close();
});

test('subtract_initial_point: drops the first point and subtracts it', async () => {
  const bench = await benchOf({ strategy: 'subtract_initial_point' });
  assert.deepEqual(await bench.adjust(sum('5', '10000000')), []);
  assert.deepEqual(await bench.adjust(sum('7', '20000000')), [sum('2', '20000000', '10000000')]);
  assert.deepEqual(await bench.adjust(sum('1', '30000000')), [sum('1', '30000000', '29000000')]);
  assert.deepEqual(await bench.adjust(sum('4', '40000000')), [sum('4', '40000000', '29000000')]);
  assert.deepEqual(bench.dropped(), { initial: 1 });
  await bench.close();
});

test('start_time_metric: takes the start from a metric, or from the start of the processor', async () => {
  const bench = await benchOf({ strategy: 'start_time_metric', start_time_metric_regex: '_start$' });
  const fallback = String(BigInt(Math.floor(bench.clock.now() / 1000)) * 1_000_000_000n);
  const start: MetricJson = { name: 'process_start', gauge: { dataPoints: [{ asDouble: 1.5 }] } };
  assert.deepEqual(await bench.adjust(sum('5', '10'), start), [sum('5', '10', '1500000000'), start]);
  const other: MetricJson = { name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [{ count: '1' }] } };
  assert.deepEqual(await bench.adjust(other), [
    { name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [{ count: '1', startTimeUnixNano: fallback }] } },
  ]);
  await bench.close();
});

test('forgets streams after gc_interval', async () => {
  const bench = await benchOf({ gc_interval: '1m' });
  await bench.adjust(sum('5', '10000000'));
  await bench.clock.advance(180_000);
  assert.deepEqual(await bench.adjust(sum('7', '20000000')), [sum('7', '20000000', '20000000')]);
  await bench.close();
});

test('rejects unknown strategies, and a pattern for other strategies', async () => {
  for (const config of [{ strategy: 'other' }, { gc_interval: 0 }, { start_time_metric_regex: 'a' }])
    await assert.rejects(createComponentBench(metricStartTime, { config }), /expected/);
});
