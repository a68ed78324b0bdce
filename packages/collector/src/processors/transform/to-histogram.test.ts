import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transformed } from './transformed.testing.ts';

interface Metrics {
  resourceMetrics: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[];
}

async function converted(args: string, point: object): Promise<Record<string, unknown> | undefined> {
  const { output } = await transformed<Metrics>(
    'metrics',
    { metric_statements: [`convert_exponential_histogram_to_histogram(${args}) where metric.name == "m"`] },
    {
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: [{ name: 'm', exponentialHistogram: { aggregationTemporality: 1, dataPoints: [point] } }] },
          ],
        },
      ],
    },
  );
  return output?.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0];
}

async function bucketsOf(args: string, point: object): Promise<number[]> {
  const { histogram } = ((await converted(args, point)) ?? {}) as {
    histogram?: { dataPoints: { bucketCounts: string[] }[] };
  };
  return (histogram?.dataPoints[0]?.bucketCounts ?? []).map(Number);
}

const TINY = { scale: 20, count: '1', positive: { offset: 5, bucketCounts: ['1'] } };
/** Its bucket ranges from 1 to infinity. */
const HUGE = { scale: -10, count: '9', positive: { offset: 0, bucketCounts: ['9'] } };

// The buckets at scale 0: 1 to 2, 2 to 4, 4 to 8.
const POSITIVE = { scale: 0, count: '12', sum: 40, positive: { offset: 0, bucketCounts: ['2', '4', '6'] } };

test('keeps times, sums, attributes and exemplars of the point', async () => {
  const attributes = [{ key: 'a', value: { stringValue: 'b' } }];
  const exemplars = [{ timeUnixNano: '3', asDouble: 2.5 }];
  const point = { ...POSITIVE, startTimeUnixNano: '1', timeUnixNano: '2', min: 1.5, max: 7, attributes, exemplars };
  assert.deepEqual(await converted('"upper", [2.0, 8.0]', point), {
    name: 'm',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          ...{ startTimeUnixNano: '1', timeUnixNano: '2', count: '12', sum: 40, min: 1.5, max: 7 },
          ...{ attributes, exemplars, bucketCounts: ['2', '10', '0'], explicitBounds: [2, 8] },
        },
      ],
    },
  });
});

test('distributes by the upper boundary, the middle or evenly', async () => {
  assert.deepEqual(await bucketsOf('"upper", [3.0, 5.0]', POSITIVE), [2, 4, 6]);
  assert.deepEqual(await bucketsOf('"midpoint", [3.0, 5.0]', POSITIVE), [6, 0, 6]);
  assert.deepEqual(await bucketsOf('"uniform", [3.0, 5.0]', POSITIVE), [2 + 2, 2 + 3, 3]);
});

test('counts zeros and negative values', async () => {
  const point = { ...POSITIVE, zeroCount: '5', negative: { offset: 0, bucketCounts: ['7'] } };
  assert.deepEqual(await bucketsOf('"upper", [-1.0, 0.0, 8.0]', point), [7, 5, 12, 0]);
});

test('loses no value, however they are distributed', async () => {
  for (const name of ['upper', 'midpoint', 'uniform', 'random', '']) {
    for (const bounds of ['[0.5]', '[1.0, 3.0, 3.5, 6.0]', '[100.0]', '[-5.0, 0.0]']) {
      const large = {
        ...POSITIVE,
        zeroCount: '3',
        positive: { offset: -3, bucketCounts: ['9007199254740993', '0', '5'] },
      };
      for (const point of [POSITIVE, large, TINY, HUGE]) {
        const all = [...point.positive.bucketCounts, 'zeroCount' in point ? String(point.zeroCount) : '0'];
        const converting = await converted(`"${name}", ${bounds}`, point);
        const { bucketCounts } = (converting as { histogram: { dataPoints: [{ bucketCounts: string[] }] } }).histogram
          .dataPoints[0];
        const sum = (counts: readonly string[]) => counts.reduce((total, count) => total + BigInt(count), 0n);
        assert.equal(sum(bucketCounts), sum(all), `${name} ${bounds}`);
      }
    }
  }
});

test('refuses other distributions and boundaries out of order', async () => {
  await assert.rejects(
    converted('"middle", [1.0]', POSITIVE),
    /expected "upper", "midpoint", "random" or "uniform", got "middle"/,
  );
  await assert.rejects(converted('"upper", []', POSITIVE), /expected at least one boundary, got none/);
  await assert.rejects(converted('"upper", [2.0, 1.0]', POSITIVE), /expected boundaries in ascending order/);
});
