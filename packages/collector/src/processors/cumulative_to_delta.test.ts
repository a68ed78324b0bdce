import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { cumulativeToDelta } from './cumulative_to_delta.ts';

processorContract(cumulativeToDelta);

const sum = (point: object, data: object = {}, name = 'requests'): MetricJson => ({
  name,
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point }], ...data },
});

async function benchOf(config: object) {
  const bench = await createComponentBench(cumulativeToDelta, { config: { ...config } });
  await bench.start();
  return Object.assign(bench, {
    /** Sends metrics and returns the output. */
    async convert(...metrics: MetricJson[]) {
      await bench.send(metricsBatch(metrics));
      return takeMetrics(bench);
    },
  });
}

test('emits the difference to the previous point, from its time on', async () => {
  const bench = await benchOf({ initial_value: 'keep' });
  assert.deepEqual(await bench.convert(sum({ asInt: '5', timeUnixNano: '10', startTimeUnixNano: '1' })), [
    sum({ asInt: '5', timeUnixNano: '10' }, { aggregationTemporality: 1 }),
  ]);
  assert.deepEqual(await bench.convert(sum({ asInt: '12', timeUnixNano: '20', startTimeUnixNano: '1' })), [
    sum({ asInt: '7', timeUnixNano: '20', startTimeUnixNano: '10' }, { aggregationTemporality: 1 }),
  ]);
  // A new start time begins a new stream.
  assert.deepEqual(await bench.convert(sum({ asInt: '3', timeUnixNano: '30', startTimeUnixNano: '25' })), [
    sum({ asInt: '3', timeUnixNano: '30' }, { aggregationTemporality: 1 }),
  ]);
  await bench.close();
});

test('drops first points by initial_value, resets and points without a value, and counts them', async () => {
  const bench = await benchOf({});
  const late = String(BigInt(bench.clock.now()) * 1_000_000n + 5_000_000n);
  const later = String(BigInt(late) + 5_000_000n);
  assert.deepEqual(await bench.convert(sum({ asDouble: 5, timeUnixNano: '10', startTimeUnixNano: '1' })), []);
  assert.deepEqual(await bench.convert(sum({ asDouble: 4, timeUnixNano: '20', startTimeUnixNano: '1' })), []);
  assert.deepEqual(await bench.convert(sum({ flags: 1, timeUnixNano: '30', startTimeUnixNano: '1' })), []);
  assert.deepEqual(await bench.convert(sum({ asDouble: 4.5, timeUnixNano: '40', startTimeUnixNano: '1' })), [
    sum({ asDouble: 0.5, timeUnixNano: '40', startTimeUnixNano: '20' }, { aggregationTemporality: 1 }),
  ]);
  assert.deepEqual(await bench.convert(sum({ asDouble: 2, timeUnixNano: later, startTimeUnixNano: late })), [
    sum({ asDouble: 2, timeUnixNano: later, startTimeUnixNano: late }, { aggregationTemporality: 1 }),
  ]);
  assert.deepEqual(bench.dropped(), { initial: 1, reset: 1, no_recorded_value: 1 });
  await bench.close();
});

test('leaves gauges, deltas, non-monotonic sums and metrics that do not match unchanged', async () => {
  const bench = await benchOf({
    include: { metrics: ['^http\\.'], match_type: 'regexp', metric_types: ['Sum'] },
    exclude: { metrics: ['http.other'], match_type: 'strict' },
  });
  const metrics: MetricJson[] = [
    { name: 'http.gauge', gauge: { dataPoints: [{ asInt: '1' }] } },
    sum({ asInt: '1' }, { aggregationTemporality: 1 }, 'http.delta'),
    { name: 'http.up', sum: { aggregationTemporality: 2, dataPoints: [{ asInt: '1' }] } },
    sum({ asInt: '1' }, {}, 'http.other'),
    sum({ asInt: '1' }, {}, 'other'),
    { name: 'http.time', histogram: { aggregationTemporality: 2, dataPoints: [{ count: '1' }] } },
  ];
  assert.deepEqual(await bench.convert(...metrics, sum({ asInt: '1' }, {}, 'http.requests')), metrics);
  await bench.close();
});

test('subtracts histograms, and drops those with other buckets', async () => {
  const bench = await benchOf({ initial_value: 'drop' });
  const histogram = (point: object, aggregationTemporality = 2): MetricJson => ({
    name: 'h',
    histogram: { aggregationTemporality, dataPoints: [{ explicitBounds: [1], ...point }] },
  });
  await bench.convert(histogram({ count: '3', sum: 4, bucketCounts: ['1', '2'], timeUnixNano: '10' }));
  const next = histogram({ count: '5', sum: 9, min: 0, max: 4, bucketCounts: ['1', '4'], timeUnixNano: '20' });
  assert.deepEqual(await bench.convert(next), [
    histogram({ count: '2', sum: 5, bucketCounts: ['0', '2'], timeUnixNano: '20', startTimeUnixNano: '10' }, 1),
  ]);
  await bench.convert(histogram({ count: '9', sum: 9, bucketCounts: ['9'], explicitBounds: [], timeUnixNano: '30' }));
  assert.deepEqual(bench.dropped(), { initial: 1, bucket_mismatch: 1 });
  await bench.close();
});

test('converts a batch that its sender repeats as if it had not been sent before', async () => {
  const bench = await benchOf({ initial_value: 'keep' });
  const delta = (asInt: string, timeUnixNano: string, startTimeUnixNano?: string) =>
    sum(
      { asInt, timeUnixNano, ...(startTimeUnixNano !== undefined && { startTimeUnixNano }) },
      { aggregationTemporality: 1 },
    );
  const full: Outcome = { kind: 'retry', afterMillis: 10, reason: 'full' };
  const refuseOnce = () => {
    const accept = bench.response;
    bench.response = () => {
      bench.response = accept;
      return full;
    };
  };
  for (const [value, time, expected] of [
    ['5', '10', delta('5', '10')],
    ['12', '20', delta('7', '20', '10')],
  ] as const) {
    refuseOnce();
    assert.deepEqual(await bench.send(metricsBatch([sum({ asInt: value, timeUnixNano: time })])), full);
    bench.received.length = 0;
    assert.deepEqual(await bench.convert(sum({ asInt: value, timeUnixNano: time })), [expected]);
  }
  await bench.close();
});

test('forgets streams after max_staleness', async () => {
  const bench = await benchOf({ initial_value: 'drop', max_staleness: '10s' });
  const now = () => String(BigInt(bench.clock.now()) * 1_000_000n);
  await bench.convert(sum({ asInt: '5', timeUnixNano: now() }));
  await bench.clock.advance(9000);
  assert.equal((await bench.convert(sum({ asInt: '6', timeUnixNano: now() }))).length, 1);
  await bench.clock.advance(21_000);
  assert.equal((await bench.convert(sum({ asInt: '7', timeUnixNano: now() }))).length, 0);
  await bench.close();
});

test('rejects incomplete matches', async () => {
  for (const config of [
    { include: { metrics: ['a'] } },
    { exclude: { match_type: 'strict' } },
    { include: { metric_types: ['gauge'] } },
    { include: { metrics: ['('], match_type: 'regexp' } },
    { initial_value: 'first' },
  ])
    await assert.rejects(createComponentBench(cumulativeToDelta, { config }), /expected/);
});
