import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createRandom } from '@otelier/testkit/otlp/random';
import { type MetricJson, metricsBatch, takeMetrics } from '../metrics/metrics.testing.ts';
import { cumulativeToDelta } from './cumulative_to_delta.ts';
import { deltaToCumulative } from './delta_to_cumulative.ts';

test('deltas that were made cumulative and deltas again are the same, for any kind of metric', async () => {
  const random = createRandom(7);
  const there = await createComponentBench(deltaToCumulative, {});
  const back = await createComponentBench(cumulativeToDelta, { config: { initial_value: 'keep' } });
  await Promise.all([there.start(), back.start()]);
  const counts = (length: number) => Array.from({ length }, () => random(5));
  const total = (list: readonly number[]) => String(list.reduce((sum, count) => sum + count, 0));
  const previous = new Map<string, string>();
  for (let round = 1; round < 40; round++) {
    const metrics: MetricJson[] = [];
    for (const route of ['a', 'b', 'c'].filter(() => random(3) > 0)) {
      const startTimeUnixNano = previous.get(route);
      const timeUnixNano = String(round);
      const attributes = [{ key: 'route', value: { stringValue: route } }];
      const point = { attributes, timeUnixNano, ...(startTimeUnixNano !== undefined && { startTimeUnixNano }) };
      previous.set(route, timeUnixNano);
      const buckets = counts(3);
      const exponential = [1, ...counts(random(6)), 1];
      const data = { aggregationTemporality: 1 };
      metrics.push(
        {
          name: `int ${route}`,
          sum: { ...data, isMonotonic: true, dataPoints: [{ ...point, asInt: String(random(99)) }] },
        },
        {
          name: `double ${route}`,
          sum: { ...data, isMonotonic: true, dataPoints: [{ ...point, asDouble: random(9) / 4 }] },
        },
        {
          name: `histogram ${route}`,
          histogram: {
            ...data,
            dataPoints: [
              {
                ...point,
                count: total(buckets),
                sum: random(9),
                bucketCounts: buckets.map(String),
                explicitBounds: [1, 2],
              },
            ],
          },
        },
        {
          name: `exponential ${route}`,
          exponentialHistogram: {
            ...data,
            dataPoints: [
              {
                ...point,
                count: total(exponential),
                sum: random(9),
                scale: 2,
                positive: { offset: random(20) - 9, bucketCounts: exponential.map(String) },
              },
            ],
          },
        },
      );
    }
    const batch = metricsBatch(metrics);
    await there.send(batch);
    for (const cumulative of there.received.splice(0)) await back.send(cumulative);
    assert.deepEqual(takeMetrics(back), metrics.map(withoutDefaults), `round ${round}`);
  }
  assert.deepEqual({ ...there.dropped(), ...back.dropped() }, {});
  await Promise.all([there.close(), back.close()]);
});

/** Removes zeros that the canonical encoding omits. */
function withoutDefaults(metric: MetricJson): MetricJson {
  return JSON.parse(JSON.stringify(metric), (key, value) =>
    ['count', 'offset'].includes(key) && Number(value) === 0 ? undefined : value,
  );
}
