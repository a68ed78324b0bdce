import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExponentialHistogram, type ExponentialHistogramData } from './exponential-histogram.ts';

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
  fc.double({ min: 0.5, max: 2, noNaN: true }),
  fc.constantFrom(0, 1, 2, 4, -1, -2, 5e-324, 2 ** -1022),
);
const values = fc.array(value, { maxLength: 60 });
const maxSize = fc.constantFrom(2, 3, 8, 9, 20, 160);
const seeded = { numRuns: 300, seed: 5 };

function histogramOf(recorded: readonly number[], size: number): ExponentialHistogram {
  const histogram = new ExponentialHistogram(size);
  for (const one of recorded) histogram.record(one);
  return histogram;
}

/** Returns everything but the sum, which depends on the order of additions. */
function shown({ count, zeroCount, scale, min, max, positive, negative }: ExponentialHistogramData) {
  const side = ({ offset, bucketCounts }: ExponentialHistogramData['positive']) => [offset, Array.from(bucketCounts)];
  return { count, zeroCount, scale, min, max, positive: side(positive), negative: side(negative) };
}

test('merged histograms equal one histogram of all values', () => {
  fc.assert(
    fc.property(maxSize, fc.array(values, { minLength: 1, maxLength: 4 }), (size, groups) => {
      const merged = new ExponentialHistogram(size);
      for (const group of groups) merged.merge(histogramOf(group, size));
      const all = histogramOf(groups.flat(), size);
      assert.deepEqual(shown(merged), shown(all));
      const tolerance = 1e-12 * groups.flat().reduce((sum, one) => sum + Math.abs(one), 0);
      assert.ok(Math.abs(merged.sum - all.sum) <= tolerance, `${merged.sum} is not ${all.sum}`);
    }),
    seeded,
  );
});

test('the order of values and their counts do not change buckets', () => {
  fc.assert(
    fc.property(maxSize, values, fc.integer({ min: 1, max: 9 }), (size, recorded, times) => {
      const repeated = new ExponentialHistogram(size);
      for (const one of recorded.toReversed()) repeated.record(one, times);
      const all = histogramOf(
        recorded.flatMap((one) => Array.from({ length: times }, () => one)),
        size,
      );
      assert.deepEqual(shown(repeated), shown(all));
    }),
    seeded,
  );
});

test('a histogram has the highest scale at which its values fit', () => {
  fc.assert(
    fc.property(maxSize, values, (size, recorded) => {
      const { count, zeroCount, scale, positive, negative } = histogramOf(recorded, size);
      const total = [...positive.bucketCounts, ...negative.bucketCounts].reduce((sum, one) => sum + one, zeroCount);
      assert.equal(total, count);
      const longest = Math.max(positive.bucketCounts.length, negative.bucketCounts.length);
      assert.ok(longest <= size, `${longest} buckets`);
      if (longest > 0 && scale < 20) assert.ok(longest * 2 > size, `${longest} of ${size} buckets at ${scale}`);
    }),
    seeded,
  );
});

test('points with empty outer buckets and other scales are merged', () => {
  const received: ExponentialHistogramData = {
    count: 3,
    sum: 9,
    zeroCount: 0,
    scale: 25,
    min: undefined,
    max: undefined,
    positive: { offset: 2 ** 25 - 3, bucketCounts: [0, 0, 1, 2, 0] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const histogram = histogramOf([2], 4);
  histogram.merge(received);
  assert.deepEqual(shown(histogram), {
    count: 4,
    zeroCount: 0,
    scale: 20,
    min: 2,
    max: 2,
    positive: [2 ** 20 - 1, [2, 2]],
    negative: [0, []],
  });
  histogram.merge({ ...received, scale: -20, positive: { offset: -1, bucketCounts: [5, 7] } });
  assert.equal(histogram.scale, -20);
  assert.deepEqual(Array.from(histogram.positive.bucketCounts), [5, 11]);
  const cleared = histogramOf([1e9, 1e-9, 3], 2);
  cleared.clear();
  cleared.record(2);
  cleared.record(Number.NaN);
  assert.deepEqual(shown(cleared), shown(histogramOf([2], 2)));
});
