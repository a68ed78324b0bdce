import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeSeries } from './series.ts';
import { extentOf, stackBands, sumOfLines } from './stack.ts';

test('stacks values on those below, negative ones downwards, and keeps gaps', () => {
  const bands = stackBands([{ held: [1, 2, null] }, { held: [3, -1, 4] }, { held: [Number.POSITIVE_INFINITY, -2, 5] }]);
  assert.deepEqual(bands, [
    [[0, 1], [0, 2], undefined],
    [
      [1, 4],
      [-1, 0],
      [0, 4],
    ],
    [undefined, [-3, -1], [4, 9]],
  ]);
  assert.deepEqual(extentOf(bands), { min: -3, max: 9 });
  assert.deepEqual(extentOf([]), { min: 0, max: 0 });
});

test('sums lines, which are stacked, to one', () => {
  const series = [
    [1, 2, null],
    [3, null, null],
  ].map((values, index) => ({
    labels: { index: String(index) },
    values,
    exemplars: [],
  }));
  const lines = mergeSeries(['sum'], [{ timesMillis: [0, 1, 2], stepMillis: 1, unit: '', total: 2, series }]);
  assert.deepEqual(
    sumOfLines(lines).map(({ held }) => held[0]),
    [4],
  );
  assert.deepEqual(sumOfLines([]), []);
});
