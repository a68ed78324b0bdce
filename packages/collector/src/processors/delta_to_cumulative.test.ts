import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { deltaToCumulative } from './delta_to_cumulative.ts';

processorContract(deltaToCumulative);

async function benchOf(config: object = {}) {
  const bench = await createComponentBench(deltaToCumulative, { config: { ...config } });
  await bench.start();
  return {
    ...bench,
    async convert(...metrics: MetricJson[]) {
      await bench.send(metricsBatch(metrics));
      return takeMetrics(bench);
    },
  };
}

const sum = (point: object, aggregationTemporality = 1, name = 'requests'): MetricJson => ({
  name,
  sum: { aggregationTemporality, dataPoints: [{ ...point }] },
});

test('adds deltas since the start of the first one', async () => {
  const bench = await benchOf();
  const first = { asInt: '5', startTimeUnixNano: '1', timeUnixNano: '10' };
  assert.deepEqual(await bench.convert(sum(first)), [sum(first, 2)]);
  assert.deepEqual(await bench.convert(sum({ asInt: '-7', startTimeUnixNano: '10', timeUnixNano: '20' })), [
    sum({ asInt: '-2', startTimeUnixNano: '1', timeUnixNano: '20' }, 2),
  ]);
  const cumulative = sum({ asInt: '3' }, 2);
  const gauge: MetricJson = { name: 'g', gauge: { dataPoints: [{ asInt: '1' }] } };
  assert.deepEqual(await bench.convert(cumulative, gauge), [cumulative, gauge]);
  await bench.close();
});

test('drops points out of order and of an older start', async () => {
  const bench = await benchOf();
  await bench.convert(sum({ asDouble: 1, startTimeUnixNano: '5', timeUnixNano: '10' }));
  assert.deepEqual(await bench.convert(sum({ asDouble: 1, startTimeUnixNano: '5', timeUnixNano: '10' })), []);
  assert.deepEqual(await bench.convert(sum({ asDouble: 1, startTimeUnixNano: '4', timeUnixNano: '20' })), []);
  assert.deepEqual(bench.dropped(), { out_of_order: 1, older_start: 1 });
  await bench.close();
});

test('drops points of streams beyond max_streams, and forgets streams after max_stale', async () => {
  const bench = await benchOf({ max_streams: 1, max_stale: '2m' });
  const send = (name: string, timeUnixNano: string) => bench.convert(sum({ asInt: '1', timeUnixNano }, 1, name));
  await send('a', '10');
  assert.deepEqual(await send('b', '10'), []);
  assert.deepEqual(bench.dropped(), { limit: 1 });
  await bench.clock.advance(60_000);
  assert.deepEqual(await send('a', '20'), [sum({ asInt: '2', timeUnixNano: '20' }, 2, 'a')]);
  await bench.clock.advance(180_000);
  assert.deepEqual(await send('b', '30'), [sum({ asInt: '1', timeUnixNano: '30' }, 2, 'b')]);
  await bench.close();
});

test('adds histograms, and starts again with other bounds', async () => {
  const bench = await benchOf();
  const histogram = (point: object, aggregationTemporality = 1): MetricJson => ({
    name: 'h',
    histogram: { aggregationTemporality, dataPoints: [{ ...point }] },
  });
  await bench.convert(
    histogram({ count: '3', sum: 4, min: 1, bucketCounts: ['1', '2'], explicitBounds: [1], timeUnixNano: '10' }),
  );
  assert.deepEqual(
    await bench.convert(
      histogram({
        count: '1',
        sum: 0,
        min: 0,
        max: 5,
        bucketCounts: ['1', '0'],
        explicitBounds: [1],
        timeUnixNano: '20',
      }),
    ),
    [histogram({ count: '4', sum: 4, min: 0, bucketCounts: ['2', '2'], explicitBounds: [1], timeUnixNano: '20' }, 2)],
  );
  const other = { count: '1', bucketCounts: ['1', '0'], explicitBounds: [2], timeUnixNano: '30' };
  assert.deepEqual(await bench.convert(histogram(other)), [histogram(other, 2)]);
  await bench.close();
});

test('adds exponential histograms at the smaller scale', async () => {
  const bench = await benchOf();
  const histogram = (point: object, aggregationTemporality = 1): MetricJson => ({
    name: 'e',
    exponentialHistogram: { aggregationTemporality, dataPoints: [{ ...point }] },
  });
  await bench.convert(
    histogram({
      count: '4',
      scale: 2,
      timeUnixNano: '10',
      positive: { offset: -3, bucketCounts: ['1', '1', '1', '1'] },
    }),
  );
  assert.deepEqual(
    await bench.convert(
      histogram({
        count: '3',
        zeroCount: '1',
        scale: 1,
        timeUnixNano: '20',
        positive: { offset: 1, bucketCounts: ['2'] },
      }),
    ),
    [
      histogram(
        {
          count: '7',
          zeroCount: '1',
          scale: 1,
          timeUnixNano: '20',
          positive: { offset: -2, bucketCounts: ['1', '2', '1', '2'] },
        },
        2,
      ),
    ],
  );
  await bench.close();
});

test('rejects a max_stale of zero and a negative limit', async () => {
  for (const config of [{ max_stale: 0 }, { max_streams: -1 }])
    await assert.rejects(createComponentBench(deltaToCumulative, { config }), /expected/);
});
