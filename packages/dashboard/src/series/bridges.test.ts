import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridged, held } from './bridges.ts';

test('bridges steps without points if the metric reports less often than once per step', () => {
  assert.deepEqual(bridged([1, null, null, 2, null, null, 3]), [1, undefined, undefined, 2, undefined, undefined, 3]);
});

test('keeps longer gaps and the ends', () => {
  assert.deepEqual(bridged([null, 1, 2, null, null, null, 3, 4, null]), [null, 1, 2, null, null, null, 3, 4, null]);
  assert.deepEqual(bridged([null, null]), [null, null]);
});

test('returns the latest value that is not too old', () => {
  assert.deepEqual(held([1, null, 2, null, 3, null, null, null, null, null, null]), [
    1,
    1,
    2,
    2,
    3,
    3,
    3,
    3,
    3,
    3,
    null,
  ]);
});
