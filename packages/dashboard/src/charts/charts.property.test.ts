import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import {
  formatAxis,
  formatChange,
  formatCount,
  formatNumber,
  formatPercent,
  formatRate,
  plural,
} from '../format/number.ts';
import { bytesOf, durationOf, formatBytes, formatDuration, formatOffset, formatStep } from '../format/quantity.ts';
import {
  formatAge,
  formatAgo,
  formatClock,
  formatDay,
  formatMillis,
  formatMinute,
  formatNanos,
  formatWait,
} from '../format/time.ts';
import { summaryOf } from '../series/series.ts';
import { formatFor, percentWhenShare } from '../series/value-format.ts';
import { durationScale, roundDuration } from '../views/traces/duration-scale.ts';
import { waterfallBar, waterfallTicks } from '../views/traces/waterfall-geometry.ts';
import { roundStep, timeTicks } from './axes/time-ticks.ts';
import { logTicks, spanScale, valueScale, yBetween } from './axes/value-ticks.ts';
import { indexAt } from './cursor/time-index.ts';
import { heatDecades, logY, shadeOf, upperBound } from './heat.ts';
import { millisAt, xOf } from './plot.ts';
import { perSecond } from './rates.ts';
import { sparkHeights, sparkPath } from './spark/spark-geometry.ts';
import { spreadLabels } from './spread-labels.ts';

const RUNS = { seed: 20_261_130, numRuns: 1000 };
const [Y0, Y1] = [8, 128];
const MAX_TICKS = 12;
const MAX_LETTERS = 28;

/** Any number, with edge cases overrepresented. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(
    ...[0, -0, 1, -1, 0.5, 999.5, 1e3, 1e6, 1e9, 1e15, 1e21, 2 ** 53, 2 ** 63, 2 ** 64, 1e300],
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE],
    ...[Number.MIN_VALUE, -Number.MIN_VALUE, Number.EPSILON],
  ),
  fc.integer(),
);
const anyNumbers = fc.array(anyNumber, { maxLength: 40 });
/** Series values as returned by the API. `null` is a gap. */
const anyValues = fc.array(fc.option(anyNumber), { maxLength: 40 });

function isInside(y: number, what: string): void {
  assert.ok(y >= Y0 - 1e-6 && y <= Y1 + 1e-6, `${what}: ${y} is outside ${Y0} to ${Y1}`);
}

function isText(text: string, what: string): void {
  assert.ok(text.trim() !== '' && text.length <= MAX_LETTERS, `${what}: ${JSON.stringify(text)}`);
  assert.doesNotMatch(text, /NaN|undefined|null|Infinity|\[object|Invalid|(^|[^\d.e−])[-−]0(\.0*)?(?![\d.])/, what);
}

function areTicks(ticks: readonly number[], what: string): void {
  assert.ok(ticks.length >= 1 && ticks.length <= MAX_TICKS, `${what}: ${ticks.length} ticks`);
  for (const [index, tick] of ticks.entries()) {
    assert.ok(Number.isFinite(tick) && !Object.is(tick, -0), `${what}: ${tick}`);
    assert.ok(index === 0 || tick > (ticks[index - 1] ?? 0), `${what}: not ascending at ${index}`);
  }
}

test('value scales have finite, ascending, bounded ticks and contain every value', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, fc.integer({ min: 1, max: 5 }), fc.boolean(), (a, b, count, whole) => {
      const { top, ticks } = valueScale(a, count, whole);
      areTicks(ticks, 'valueScale');
      assert.ok(Number.isFinite(top) && top > 0);
      const scale = spanScale(Math.min(a, b), Math.max(a, b), count);
      areTicks(scale.ticks, 'spanScale');
      assert.ok(Number.isFinite(scale.top - scale.bottom) && scale.top > scale.bottom && scale.bottom <= 0);
      for (const value of [a, b, ...scale.ticks])
        isInside(yBetween(value, scale.bottom, scale.top, Y0, Y1), 'spanScale');
      for (const value of scale.ticks) isText(formatAxis(value), `axis ${value}`);
    }),
    RUNS,
  );
});

test('logarithmic scales accept zero, negative and infinite values', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, anyNumber, (min, max, value) => {
      areTicks(logTicks(min, max), 'logTicks');
      assert.ok(Number.isFinite(roundDuration(value)) && roundDuration(value) > 0);
    }),
    RUNS,
  );
  fc.assert(
    fc.property(anyNumbers, (durations) => {
      const scale = durationScale(durations);
      areTicks(scale.ticks, 'durationScale');
      for (const nanos of [...durations, ...scale.ticks]) isInside(scale.yOf(nanos, Y0, Y1), 'durationScale');
      for (const nanos of scale.ticks) isText(formatDuration(nanos), 'durationScale');
    }),
    RUNS,
  );
});

test('heat maps have a scale that contains every row, for any bounds and counts', () => {
  const bounds = fc.oneof(
    fc.uniqueArray(fc.double({ min: 0, noNaN: true }), { maxLength: 40 }).map((list) => list.toSorted((a, b) => a - b)),
    fc.constant([0, ...Array.from({ length: 37 }, (_, i) => Math.round(1000 * 10 ** (i / 4)))]),
  );
  const counts = fc.array(fc.array(fc.oneof(fc.nat(), anyNumber), { maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(bounds, counts, anyNumber, (rows, columns, value) => {
      const span = heatDecades({ timesMillis: [], stepMillis: 1, bounds: rows, counts: columns });
      assert.ok(span.min > 0 && span.max >= span.min * 99 && Number.isFinite(span.max), JSON.stringify(span));
      areTicks(logTicks(span.min, span.max), 'heat');
      isInside(logY(value, span, Y0, Y1), 'heat');
      rows.forEach((bound, row) => {
        isInside(logY(bound, span, Y0, Y1), 'lower bound');
        isInside(logY(upperBound(rows, row), span, Y0, Y1), 'upper bound');
      });
      const max = columns.flat().reduce((top, count) => Math.max(top, count), 0);
      for (const count of columns.flat()) assert.match(String(shadeOf(count, max)), /^[0-8]$/);
    }),
    RUNS,
  );
});

test('time axes of any range have few ticks, all inside', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, fc.nat(20), fc.nat(400), (start, end, maxLabels, x) => {
      const plot = { x0: 40, x1: 140, y0: Y0, y1: Y1, startMillis: start, endMillis: end };
      const ticks = timeTicks(start, end, maxLabels);
      assert.ok(ticks.length <= 80, `${ticks.length} ticks`);
      for (const { millis, text } of ticks) {
        assert.ok(millis >= start && millis <= end);
        const at = xOf(plot, millis);
        assert.ok(at >= plot.x0 - 1e-6 && at <= plot.x1 + 1e-6);
        if (text !== undefined) isText(text, 'time tick');
      }
      assert.ok(Number.isFinite(roundStep(start)) && roundStep(start) > 0);
      if (Number.isFinite(end - start) && end > start) {
        const millis = millisAt(plot, x);
        assert.ok(millis >= start && millis <= end);
      }
      const index = indexAt([start, end], end - start, x);
      assert.ok(index === undefined || index === 0 || index === 1);
    }),
    RUNS,
  );
});

test('sparklines stay inside their box', () => {
  fc.assert(
    fc.property(anyValues, (values) => {
      const { path, last } = sparkPath(values, 84, 22);
      assert.match(path, /^([ML]\d+\.\d \d+\.\d)*$/);
      assert.equal(last === undefined, path === '');
      for (const [, x, y] of path.matchAll(/[ML](\S+) (\d+\.\d)/g))
        assert.ok(Number(x) >= 0 && Number(x) <= 84 && Number(y) >= 0 && Number(y) <= 22, path);
      for (const height of sparkHeights(
        values.map((value) => value ?? 0),
        14,
      ))
        assert.ok(height >= 1 && height <= 14);
    }),
    RUNS,
  );
});

test('labels stay inside the chart, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: Y0, max: Y1, noNaN: true }), { maxLength: 60 }), (ys) => {
      for (const y of spreadLabels(
        ys.toSorted((a, b) => a - b),
        14,
        Y0,
        Y1,
      ))
        isInside(y, 'label');
    }),
    RUNS,
  );
});

test('rates and summaries are finite or undefined', () => {
  fc.assert(
    fc.property(anyNumbers, anyNumber, anyNumber, (counts, step, now) => {
      for (const rate of perSecond(counts, counts, step, now)) assert.ok(rate === null || Number.isFinite(rate));
    }),
    RUNS,
  );
  const finite = fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 40 });
  fc.assert(
    fc.property(finite, (values) => {
      for (const value of Object.values(summaryOf(values) ?? {}))
        assert.ok(value === undefined || Number.isFinite(value), String(value));
    }),
    RUNS,
  );
});

test('waterfall bars have a position for spans of negative duration and traces of zero duration', () => {
  const nanos = fc.oneof(fc.constantFrom(0, 1, 500, -1, -3.6e12, 1.8e19, -1.8e19), fc.integer(), fc.maxSafeInteger());
  fc.assert(
    fc.property(nanos, nanos, nanos, nanos, (from, length, start, duration) => {
      const range = { from, to: from + length };
      const bar = waterfallBar(range, start, duration);
      if (bar !== undefined) {
        assert.ok(bar.width >= 0 && bar.left >= -1 && bar.left + bar.width <= 101 + 1e-9, JSON.stringify(bar));
        assert.ok(bar.label.left >= -1 && bar.label.left <= 101);
      }
      const ticks = waterfallTicks(range);
      assert.ok(ticks.length <= 6);
      for (const { share, text } of ticks) {
        assert.ok(share >= -1e-9 && share <= 1);
        isText(text, 'waterfall tick');
      }
    }),
    RUNS,
  );
});

test('formats any number, duration, size and time in a few characters', () => {
  const writers: readonly ((value: number) => string)[] = [
    ...[formatCount, formatRate, formatPercent, formatAxis, formatNumber, formatDuration, formatOffset, formatStep],
    ...[formatBytes, formatAge, formatClock, formatDay, formatMillis, formatMinute, formatWait],
    (value) => formatChange(value, 3),
    (value) => formatChange(3, value),
    (value) => formatPercent(value, 0),
    (value) => formatAgo(value, 1.8e12),
    (value) => formatAgo(0, value),
    (value) => plural(value, 'span'),
    (value) => durationOf(value).value,
    (value) => bytesOf(value).value,
  ];
  fc.assert(
    fc.property(anyNumber, (value) => {
      for (const [index, write] of writers.entries()) isText(write(value), `writer ${index} of ${value}`);
    }),
    RUNS,
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nanos) =>
      isText(formatNanos(String(nanos)), 'formatNanos'),
    ),
    seeded(),
  );
});

test('formats metric values in any unit, including a unit called "constructor"', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      's',
      'ms',
      'By',
      'MiBy',
      '%',
      '1',
      '',
      '{request}',
      'constructor',
      'toString',
      '__proto__',
      'valueOf',
    ),
    fc.string({ maxLength: 12 }),
  );
  const aggregate = fc.constantFrom('rate', 'avg', 'count', 'p95', 'constructor');
  fc.assert(
    fc.property(unit, aggregate, fc.constantFrom('gauge', 'histogram', 'sum'), anyNumber, (name, agg, kind, value) => {
      const format = percentWhenShare(formatFor(name, agg, kind), name, agg, value);
      isText(format.axis(value), `axis of ${name}`);
      isText(format.quantity(value).value, `quantity of ${name}`);
      assert.equal(typeof format.words, 'string');
    }),
    RUNS,
  );
  assert.deepEqual(formatFor('constructor', 'avg', 'gauge').quantity(5), { value: '5', unit: '' });
});
