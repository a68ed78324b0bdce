import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSeriesResponse } from '@otelier/query';
import { mergeSeries, summaryOf } from './series.ts';

const result = (...labels: Record<string, string>[]): MetricSeriesResponse => ({
  timesMillis: [0, 1],
  stepMillis: 1,
  unit: 's',
  total: labels.length,
  series: labels.map((one) => ({ labels: one, values: [1, null], exemplars: [] })),
});

test('uses one color per set of labels and a different dash for the second line', () => {
  const lines = mergeSeries(['p95', 'p50'], [result({ v: '1' }, { v: '2' }), result({ v: '2' }, { v: '1' })]);
  assert.deepEqual(
    lines.map((line) => [line.line, line.token, line.dash === undefined]),
    [
      ['A', '--svc-12', true],
      ['A', '--svc-11', true],
      ['B', '--svc-11', false],
      ['B', '--svc-12', false],
    ],
  );
});

test('summarizes known values and has no last value for a line that ended', () => {
  assert.deepEqual(summaryOf([1, null, 3]), { min: 1, mean: 2, max: 3, last: 3 });
  assert.deepEqual(summaryOf([2, 4, null]), { min: 2, mean: 3, max: 4, last: 4 });
  assert.equal(summaryOf([2, 4, null, null, null, null])?.last, undefined);
  assert.equal(summaryOf([null, null]), undefined);
});
