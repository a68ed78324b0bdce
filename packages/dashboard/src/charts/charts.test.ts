import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roundStep, timeTicks } from './axes/time-ticks.ts';
import { logTicks, spanScale, valueScale } from './axes/value-ticks.ts';
import { indexAt, stepAt } from './cursor/time-index.ts';
import { heatDecades, shadeOf, upperBound } from './heat.ts';
import { millisAt, xOf } from './plot.ts';
import { perSecond } from './rates.ts';
import { spreadLabels } from './spread-labels.ts';

const MINUTE = 60_000;

test('labels time at round local minutes, also in zones with a fractional hour offset', () => {
  const start = Date.UTC(2026, 10, 24, 14, 2);
  const ticks = timeTicks(start, start + 30 * MINUTE, 3, 330).filter((tick) => tick.text !== undefined);
  assert.deepEqual(
    ticks.map((tick) => (tick.millis - start) / MINUTE),
    [8, 18, 28],
  );
});

test('has minor ticks between the labels and at most the given number of labels', () => {
  for (const minutes of [1, 5, 15, 30, 60, 180, 1440, 10_080]) {
    const ticks = timeTicks(0, minutes * MINUTE, 5, 0);
    const labels = ticks.filter((tick) => tick.text !== undefined).length;
    assert.ok(labels >= 1 && labels <= 6, `${minutes} min: ${labels} labels`);
    assert.ok(ticks.length > labels && ticks.length <= 75, `${minutes} min: ${ticks.length} ticks`);
  }
  assert.equal(roundStep(7000), 10_000);
});

test('value scales start at zero, contain the maximum and have round ticks', () => {
  assert.deepEqual(valueScale(1542), { top: 1600, ticks: [0, 800, 1600] });
  assert.deepEqual(valueScale(5, 2, true), { top: 6, ticks: [0, 3, 6] });
  assert.deepEqual(valueScale(1, 2, true), { top: 1, ticks: [0, 1] });
  assert.deepEqual(valueScale(0), { top: 1, ticks: [0, 1] });
  assert.deepEqual(valueScale(6.9, 1), { top: 8, ticks: [0, 8] });
  assert.deepEqual(spanScale(-0.4, 0.7, 4).ticks, [-0.4, 0, 0.4, 0.8]);
  assert.deepEqual(logTicks(1e6, 1e10), [1e6, 1e7, 1e8, 1e9, 1e10]);
});

test('divides an incomplete step by its elapsed time', () => {
  assert.deepEqual(perSecond([20, 10, 0], [0, 10_000, 20_000], 10_000, 15_000), [2, 2, null]);
});

test('converts times to pixels and back', () => {
  const plot = { x0: 40, x1: 140, y0: 0, y1: 10, startMillis: 1000, endMillis: 2000 };
  assert.equal(xOf(plot, 1500), 90);
  assert.equal(millisAt(plot, 90), 1500);
  assert.equal(millisAt(plot, -5), 1000);
  assert.equal(indexAt([1000, 1100, 1200], 100, 1149), 1);
  assert.equal(indexAt([1000, 1100], 100, 2000), undefined);
});

test('finds the step that contains a time, also at the end of the last one', () => {
  const at = (millis: number): number | undefined => stepAt(1000, 100, 3, millis);
  assert.deepEqual([999, 1000, 1099, 1100, 1299, 1300, 1301].map(at), [undefined, 0, 0, 1, 2, 2, undefined]);
  assert.equal(stepAt(1000, 100, 0, 1000), undefined);
});

test('shades counts in logarithmic steps and spans at least two decades', () => {
  assert.equal(shadeOf(1, 1000), 0);
  assert.equal(shadeOf(1000, 1000), 8);
  assert.deepEqual(heatDecades({ timesMillis: [0], stepMillis: 1, bounds: [1e6, 1e7, 1e8], counts: [[0, 4, 0]] }), {
    min: 1e7,
    max: 1e9,
  });
  assert.equal(upperBound([1, 10, 100], 2), 1000);
});

test('keeps labels apart and inside the chart', () => {
  assert.deepEqual(spreadLabels([10, 12, 90], 14, 0, 100), [10, 24, 90]);
  assert.deepEqual(spreadLabels([98, 99], 14, 0, 100), [86, 100]);
});
