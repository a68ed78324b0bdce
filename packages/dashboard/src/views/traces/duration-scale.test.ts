import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../../format/quantity.ts';
import { durationScale } from './duration-scale.ts';

test('has round bounds around the data', () => {
  const scale = durationScale([5.2e8, 2.9e9]);
  assert.deepEqual(scale.ticks, [5e8, 1e9, 2e9, 5e9]);
  assert.equal(scale.yOf(5e8, 0, 100), 100);
  assert.equal(scale.yOf(5e9, 0, 100), 0);
  assert.ok(scale.yOf(1e9, 0, 100) < scale.yOf(6e8, 0, 100));
});

test('has at most five ticks over many decades and accepts empty data', () => {
  assert.ok(durationScale([1e3, 6e10]).ticks.length <= 5);
  assert.ok(durationScale([]).ticks.length >= 2);
  assert.ok(durationScale([0]).ticks.every(Number.isFinite));
});

test('has round ticks of minutes, hours and days', () => {
  const texts = (...durations: readonly number[]) => durationScale(durations).ticks.map(formatDuration);
  assert.deepEqual(texts(1e9, 1.2e12), ['1 s', '10 s', '60 s', '10 min']);
  for (const power of Array.from({ length: 16 }, (_, n) => 10 ** (n + 1)))
    for (const length of [1, 10, 1e4, 1e9]) {
      const { ticks } = durationScale([power, power * length]);
      assert.ok(ticks.length >= 2 && ticks.length <= 5, `${power} ${length}: ${ticks}`);
      for (const tick of ticks) assert.match(formatDuration(tick), /^[125]0*(?:\.0+)? |^(?:3|6)0 |^24 h/, `${tick}`);
    }
});
