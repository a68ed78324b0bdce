import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAxis, formatChange, formatCount, formatNumber, formatRate, plural } from './number.ts';
import { formatBytes, formatDuration, formatStep } from './quantity.ts';
import { formatAge, formatAgo, formatNanos, formatWait, millisOf, nanosBetween } from './time.ts';

test('formats durations to three digits in the unit that fits', () => {
  for (const [nanos, text] of [
    [0, '0 ms'],
    [850, '850 ns'],
    [12_000, '12 µs'],
    [999_700, '1.00 ms'],
    [1_940_000, '1.94 ms'],
    [35_000_000, '35 ms'],
    [214_300_000, '214 ms'],
    [1_944_000_000, '1.94 s'],
    [24_600_000_000, '24.6 s'],
    [600_000_000_000, '10 min'],
    [9_000_000_000_000, '2.50 h'],
  ] as const)
    assert.equal(formatDuration(nanos), text);
});

test('formats bytes, counts and rates', () => {
  assert.equal(formatStep(7500), '7.5 s');
  assert.equal(formatStep(15_000), '15 s');
  assert.equal(formatStep(250), '250 ms');
  assert.equal(formatBytes(512), '512 B');
  assert.equal(formatBytes(7_940_000), '7.9 MB');
  assert.equal(formatBytes(142e6), '142 MB');
  assert.equal(formatCount(18412), '18,412');
  assert.equal(formatRate(0.24), '0.24');
  assert.equal(formatRate(21.06), '21.1');
  assert.equal(formatRate(1284.4), '1,284');
  assert.equal(formatRate(0.001), '< 0.01');
  assert.equal(formatAxis(1600), '1.6k');
  assert.equal(formatNumber(0.12345), '0.123');
  assert.equal(formatChange(1.94, 0.318), '×6.1');
  assert.equal(formatChange(1, 0), '—');
  assert.equal(plural(1, 'span'), '1 span');
  assert.equal(plural(1204, 'span'), '1,204 spans');
});

test('formats ages and keeps nanoseconds', () => {
  assert.equal(formatAge(6 * 86_400_000 + 4 * 3_600_000), '6 d 4 h');
  assert.equal(formatAgo(1000, 1200), 'now');
  assert.equal(formatAgo(0, 61_000), '1 min ago');
  assert.equal(formatWait(72_000), '1:12');
  assert.match(formatNanos('1795512666587214903'), /^\d\d:\d\d:06\.587 214 903$/);
  assert.equal(millisOf('1500000'), 1.5);
  assert.equal(nanosBetween('1795512666587214903', '1795512666587214999'), 96);
});
