import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFor, percentWhenShare } from './value-format.ts';

test('formats durations, bytes and annotations in their own units', () => {
  assert.deepEqual(formatFor('s', 'p95', 'histogram').quantity(1.94), { value: '1.94', unit: 's' });
  assert.deepEqual(formatFor('ms', 'avg', 'gauge').quantity(0.5), { value: '500', unit: 'µs' });
  assert.deepEqual(formatFor('By', 'last', 'gauge').quantity(142e6), { value: '142', unit: 'MB' });
  assert.deepEqual(formatFor('MiBy', 'last', 'gauge').quantity(1), { value: '1.0', unit: 'MB' });
  assert.equal(formatFor('{request}', 'rate', 'sum').words, 'requests per second');
  assert.equal(formatFor('s', 'p95', 'histogram').axis(0.5), '500 ms');
  assert.equal(formatFor('s', 'p95', 'histogram').axis(2), '2 s');
});

test('counts the measurements of a histogram instead of summing their unit', () => {
  assert.deepEqual(formatFor('s', 'rate', 'histogram').quantity(12), { value: '12', unit: '/s' });
  assert.deepEqual(formatFor('By', 'rate', 'sum').quantity(1500), { value: '1.5', unit: 'kB/s' });
});

test('formats shares as percent only while none exceeds one', () => {
  const share = formatFor('1', 'avg', 'gauge');
  assert.deepEqual(percentWhenShare(share, '1', 'avg', 0.42).quantity(0.42), { value: '42.0', unit: '%' });
  assert.deepEqual(percentWhenShare(share, '1', 'avg', 3).quantity(3), { value: '3', unit: '' });
});
