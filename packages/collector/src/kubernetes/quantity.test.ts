import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantityCpus, quantityMillis, quantityValue } from './quantity.ts';

test('quantities are read exactly and rounded up', () => {
  const cases: readonly (readonly [unknown, bigint | undefined, bigint | undefined])[] = [
    ['0', 0n, 0n],
    ['250m', 1n, 250n],
    ['1500m', 2n, 1500n],
    ['1.5Gi', 1_610_612_736n, 1_610_612_736_000n],
    ['128M', 128_000_000n, 128_000_000_000n],
    ['95e9', 95_000_000_000n, 95_000_000_000_000n],
    ['2E', 2_000_000_000_000_000_000n, 9_223_372_036_854_775_807n],
    ['1E3', 1000n, 1_000_000n],
    ['100u', 1n, 1n],
    ['12n', 1n, 1n],
    ['-5', -5n, -5000n],
    ['.5', 1n, 500n],
    ['16Ei', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
    ['9e99', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
    [3, 3n, 3000n],
    ...['', '.', 'm', '1 Gi', '1gi', 'Infinity', '0x10', '1e999', {}, undefined].map(
      (text) => [text, undefined, undefined] as const,
    ),
  ];
  for (const [text, value, millis] of cases)
    assert.deepEqual([quantityValue(text), quantityMillis(text)], [value, millis], String(text));
  assert.equal(quantityCpus('3920m'), 3.92);
});
