import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatByteSize, formatDuration, parseByteSize, parseDuration } from './units.ts';

test('parses Go durations as milliseconds', () => {
  const cases: [string, number | undefined][] = [
    ['200ms', 200],
    ['5s', 5000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['0', 0],
    ['200', undefined],
    ['5 s', undefined],
    ['-5s', undefined],
    ['', undefined],
    ['1d', undefined],
    ['ms', undefined],
  ];
  for (const [text, millis] of cases) assert.equal(parseDuration(text), millis, text);
});

test('parses sizes with units of 1,000 and 1,024', () => {
  const cases: [string, number | undefined][] = [
    ['64MiB', 64 * 2 ** 20],
    ['10GB', 1e10],
    ['10 gb', 1e10],
    ['1.5KiB', 1536],
    ['512', 512],
    ['1Gi', 2 ** 30],
    ['x', undefined],
    ['5XB', undefined],
    ['-1MB', undefined],
  ];
  for (const [text, bytes] of cases) assert.equal(parseByteSize(text), bytes, text);
});

test('formats durations and sizes like the parsers accept them', () => {
  assert.deepEqual([200, 1500, 90_000, 5_400_000].map(formatDuration), ['200ms', '1.5s', '1m30s', '1h30m']);
  assert.deepEqual([0, 512, 1536, 64 * 2 ** 20, 2 ** 31].map(formatByteSize), [
    '0B',
    '512B',
    '1.5KiB',
    '64MiB',
    '2GiB',
  ]);
  // As written, not 9.3GiB.
  assert.deepEqual([1e10, 2.5e9, 1e6, 1.234e9].map(formatByteSize), ['10GB', '2.5GB', '1MB', '1.1GiB']);
});
