import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { interval } from './interval.ts';

processorContract(interval, { respondsEarly: true });

const sum = (points: readonly object[], data: object = {}): MetricJson => ({
  name: 'requests',
  unit: '1',
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points.map((point) => ({ ...point })), ...data },
});
const route = (value: string) => ({ attributes: [{ key: 'route', value: { stringValue: value } }] });

test('forwards the latest point of each stream after the interval', async () => {
  const bench = await createComponentBench(interval, { config: { interval: '15s' } });
  await bench.start();
  await bench.send(
    metricsBatch([
      sum([
        { asInt: '1', timeUnixNano: '10', ...route('a') },
        { asInt: '2', timeUnixNano: '30', ...route('b') },
      ]),
    ]),
  );
  await bench.send(
    metricsBatch([
      sum([
        { asInt: '3', timeUnixNano: '20', ...route('a') },
        { asInt: '4', timeUnixNano: '20', ...route('b') },
      ]),
    ]),
  );
  await bench.clock.advance(14_999);
  assert.deepEqual(bench.received, []);
  await bench.clock.advance(1);
  assert.deepEqual(takeMetrics(bench), [
    sum([
      { asInt: '3', timeUnixNano: '20', ...route('a') },
      { asInt: '2', timeUnixNano: '30', ...route('b') },
    ]),
  ]);
  await bench.clock.advance(15_000);
  assert.deepEqual(bench.received, []);
  await bench.close();
});

test('forwards deltas, sums that are not monotonic and what passes through immediately', async () => {
  const bench = await createComponentBench(interval, { config: { pass_through: { gauge: true, summary: true } } });
  await bench.start();
  const metrics: MetricJson[] = [
    sum([{ asInt: '1' }], { aggregationTemporality: 1 }),
    { name: 'up', sum: { aggregationTemporality: 2, dataPoints: [{ asInt: '1' }] } },
    { name: 'g', gauge: { dataPoints: [{ asInt: '1' }] } },
    { name: 'q', summary: { dataPoints: [{ count: '1' }] } },
    { name: 'h', histogram: { aggregationTemporality: 1, dataPoints: [{ count: '1' }] } },
  ];
  await bench.send(metricsBatch(metrics));
  assert.deepEqual(takeMetrics(bench), metrics);
  await bench.close();
});

test('keeps the points of tenants apart, and forwards them at shutdown', async () => {
  const bench = await createComponentBench(interval, { config: {} });
  await bench.start();
  for (const tenant of ['a', 'b']) {
    const batch = metricsBatch([sum([{ asInt: '1', timeUnixNano: '5' }])]);
    await bench.send({ ...batch, context: { ...batch.context, tenant } });
  }
  assert.ok(bench.service.graph().admission.inFlightBytes > 0);
  await bench.close();
  assert.deepEqual(
    bench.received.map(({ context, itemCount }) => [context.tenant, itemCount]),
    [
      ['a', 1],
      ['b', 1],
    ],
  );
  assert.equal(bench.service.graph().admission.inFlightBytes, 0);
});

test('forwards early instead of exceeding its share of the memory', async () => {
  const bench = await createComponentBench(interval, { memoryLimitBytes: 2_000_000 });
  await bench.start();
  for (let n = 0; n < 30; n++) {
    const points = Array.from({ length: 100 }, (_, at) => ({ asInt: '1', timeUnixNano: '5', ...route(`${n} ${at}`) }));
    assert.equal((await bench.send(metricsBatch([sum(points)]))).kind, 'accepted');
    assert.ok(bench.service.graph().admission.inFlightBytes <= 1_000_000);
  }
  assert.ok(bench.received.length > 0);
  await bench.close();
  assert.equal(
    bench.received.reduce((items, { itemCount }) => items + itemCount, 0),
    3000,
  );
});

test('rejects an interval of zero', async () => {
  await assert.rejects(createComponentBench(interval, { config: { interval: 0 } }), /expected a duration above 0/);
});
