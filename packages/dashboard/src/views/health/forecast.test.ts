import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MILLIS, forecastOf } from './forecast.ts';

const NOW = 100 * DAY_MILLIS;
const disk = {
  subject: 'x',
  sizeBytes: 2e9,
  maxBytes: 10e9,
  oldestMillis: NOW - 2 * DAY_MILLIS,
  retentionMillis: 4 * DAY_MILLIS,
};

test('a store grows until its retention or its limit', () => {
  const { bytesPerDay, lines } = forecastOf(disk, NOW);
  assert.equal(bytesPerDay, 1e9);
  assert.deepEqual(
    lines.map(({ keptMillis, endBytes, isSet }) => [keptMillis / DAY_MILLIS, endBytes, isSet]),
    [
      [4, 4e9, true],
      [8, 8e9, false],
    ],
  );
  assert.equal(lines[0]?.points[1]?.millis, NOW + 2 * DAY_MILLIS);
  const full = forecastOf({ ...disk, maxBytes: 3e9 }, NOW);
  assert.deepEqual(
    full.lines.map(({ endBytes }) => endBytes),
    [3e9, 3e9],
  );
});

test('nothing is forecast for an empty or new store, and finite values for odd limits', () => {
  assert.deepEqual(forecastOf({ subject: 'x', sizeBytes: 0 }, NOW).lines, []);
  assert.deepEqual(forecastOf({ ...disk, oldestMillis: NOW - 1000 }, NOW).lines, []);
  for (const odd of [
    { ...disk, sizeBytes: 0 },
    { ...disk, retentionMillis: 0, maxBytes: 0 },
    { ...disk, oldestMillis: 0 },
  ])
    for (const { points } of forecastOf(odd, NOW).lines)
      for (const { millis, bytes } of points)
        assert.ok(Number.isFinite(millis) && Number.isFinite(bytes), JSON.stringify(odd));
});
