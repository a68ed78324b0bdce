import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceivedMetricData } from '../../sink.testing.ts';
import { dataOf, setUpMetrics } from '../metrics.testing.ts';

interface ReceivedPoint {
  readonly scale: number;
  readonly count: string;
  readonly zeroCount: string;
  readonly positive: ReceivedBuckets;
  readonly negative: ReceivedBuckets;
}

interface ReceivedBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** Returns the exported points, with the default values that the encoding omits. */
function pointsOf({ dataPoints }: ReceivedMetricData): readonly ReceivedPoint[] {
  const buckets = (seen: unknown): ReceivedBuckets => {
    const { offset = 0, bucketCounts = [] } = (seen ?? {}) as { offset?: number; bucketCounts?: readonly string[] };
    return { offset, bucketCounts: bucketCounts.map(Number) };
  };
  return dataPoints.map((point) => ({
    ...(point as unknown as ReceivedPoint),
    scale: Number(point['scale'] ?? 0),
    positive: buckets(point['positive']),
    negative: buckets(point['negative']),
  }));
}

test('a value is within the bounds of its bucket, at every scale', async (t) => {
  const scales = [-10, -5, -2, -1, 0, 1, 2, 5, 10, 20];
  const { meter, collect } = await setUpMetrics(t, {
    temporality: 'delta',
    cardinalityLimit: 100_000,
    views: scales.map((maxScale) => ({
      instrumentName: `scale${maxScale < 0 ? '_' : ''}${Math.abs(maxScale)}`,
      name: `scale ${maxScale}`,
      aggregation: { kind: 'exponential_histogram', maxScale },
    })),
  });
  const values = [
    ...fc.sample(fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), { numRuns: 500, seed: 1 }),
    ...[
      1,
      2,
      3,
      4,
      0.5,
      0.25,
      1 / 3,
      2 ** 1023,
      Number.MAX_VALUE,
      2 ** -1022,
      2 ** -1022 * 1.5,
      2 ** -1074,
      2 ** -1030,
    ],
    ...[1 + Number.EPSILON, 1 - Number.EPSILON / 2, 4 - 2 * Number.EPSILON, 2 + 2 * Number.EPSILON],
  ];
  for (const scale of scales) {
    const histogram = meter.createHistogram(`scale${scale < 0 ? '_' : ''}${Math.abs(scale)}`);
    for (const [i, value] of values.entries()) histogram.record(value, { i });
  }
  const metrics = await collect();
  for (const scale of scales) {
    const points = pointsOf(dataOf(metrics, `scale ${scale}`));
    assert.equal(points.length, values.length);
    for (const [i, point] of points.entries()) {
      // Subnormal values are counted as the smallest normal value.
      const value = Math.max(values[i], 2 ** -1022);
      assert.equal(point.scale, scale);
      assert.deepEqual(point.positive.bucketCounts, [1]);
      const { offset } = point.positive;
      const logarithm = Math.log2(value);
      const [lower, upper] = [offset * 2 ** -scale, (offset + 1) * 2 ** -scale];
      // Logarithms have rounding errors for doubles near 1 and for large ones, but not for powers of two.
      const slack =
        Number.isInteger(logarithm) && value === 2 ** logarithm ? 0 : 1e-12 * Math.max(1, Math.abs(logarithm));
      assert.ok(lower < logarithm + slack, `${value} at ${scale}: ${offset} begins above`);
      assert.ok(logarithm <= upper + slack, `${value} at ${scale}: ${offset} ends below`);
      if (slack === 0) assert.equal(offset, Math.ceil(logarithm * 2 ** scale) - 1, `${value} at ${scale}`);
    }
  }
});

test('counts all values at the highest scale that fits into the maximum number of buckets', async (t) => {
  const sizes = [2, 3, 4, 20, 160];
  const { meter, collect } = await setUpMetrics(t, {
    temporality: 'delta',
    views: sizes.map((maxSize) => ({
      instrumentName: `max${maxSize}`,
      name: `max${maxSize}`,
      aggregation: { kind: 'exponential_histogram', maxSize },
    })),
  });
  const upDowns = sizes.map((maxSize) => meter.createUpDownCounter(`max${maxSize}`));
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: 0.5, max: 2, noNaN: true }),
    fc.constantFrom(0, 1, 2, 4, -1, -2),
  );
  for (const values of fc.sample(fc.array(value, { minLength: 1, maxLength: 60 }), { numRuns: 60, seed: 2 })) {
    for (const upDown of upDowns) for (const one of values) upDown.add(one, { max: 1 });
    const metrics = await collect();
    for (const maxSize of sizes) {
      // Up-down counters are always cumulative.
      const [point] = pointsOf(dataOf(metrics, `max${maxSize}`));
      assert.ok(point);
      checkPoint(point, maxSize);
    }
  }
});

function checkPoint(point: ReceivedPoint, maxSize: number): void {
  const { positive, negative, count, zeroCount, scale } = point;
  const total = [...positive.bucketCounts, ...negative.bucketCounts].reduce((sum, bucket) => sum + bucket, 0);
  assert.equal(total + Number(zeroCount), Number(count));
  for (const { bucketCounts } of [positive, negative]) {
    assert.ok(bucketCounts.length <= maxSize, `${bucketCounts.length} buckets`);
    if (bucketCounts.length > 0) assert.ok(bucketCounts[0] > 0 && Number(bucketCounts.at(-1)) > 0);
  }
  // At the next higher scale, one side would need at least twice as many buckets minus two.
  const longest = Math.max(positive.bucketCounts.length, negative.bucketCounts.length);
  if (scale < 20 && total > 0) assert.ok(longest * 2 > maxSize, `${longest} of ${maxSize} buckets at ${scale}`);
}
