import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownExemplars } from './exemplars.ts';
import type { SeriesLine } from './series.ts';

const line = (aggregate: string, points: readonly (readonly [number, number])[]): SeriesLine =>
  ({
    aggregate,
    exemplars: points.map(([timeMillis, value]) => ({ timeMillis, value, traceId: 'a', spanId: 'b' })),
  }) as unknown as SeriesLine;

test('shows the largest exemplar of each column, in time order', () => {
  const shown = shownExemplars(
    [
      line('p95', [
        [900, 1],
        [0, 2],
        [5, 7],
        [9, 3],
        [2000, 99],
        [-1, 99],
      ]),
    ],
    0,
    1000,
  );
  assert.deepEqual(
    shown.map(({ exemplar }) => exemplar.value),
    [7, 1],
  );
});

test('shows no exemplars if the axis does not show measurements', () => {
  assert.equal(shownExemplars([line('rate', [[1, 2]])], 0, 1000).length, 0);
});

test('limits the number of exemplars', () => {
  const many = Array.from({ length: 5000 }, (_, index) => [index, index % 97] as const);
  assert.ok(
    shownExemplars(
      Array.from({ length: 12 }, () => line('p50', many)),
      0,
      5000,
    ).length <= 60,
  );
});
