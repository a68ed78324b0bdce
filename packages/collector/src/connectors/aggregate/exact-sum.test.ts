import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExactSum } from './exact-sum.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 1000), max: 2 ** 1000 });
const seeded = { numRuns: 500, seed: 7 };

/** Returns a finite double as an exact multiple of 2^-1074. */
function units(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -magnitude : magnitude;
}

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum;
}

/** Asserts that a sum is the nearest double. */
function assertNearest(actual: number, values: readonly number[]): void {
  const exact = values.reduce((total, value) => total + units(value), 0n);
  const distance = (value: number) => {
    const difference = units(value) - exact;
    return difference < 0n ? -difference : difference;
  };
  const step = Math.abs(actual) * 2 ** -53 || Number.MIN_VALUE;
  for (const other of [actual - step, actual + step, actual - 2 * step, actual + 2 * step])
    if (Number.isFinite(other)) assert.ok(distance(actual) <= distance(other), `${actual} is farther than ${other}`);
}

test('sums are rounded once, in any order', () => {
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 40 }), (values) => {
      const sum = sumOf(values).value();
      assertNearest(sum, values);
      assert.equal(sumOf(values.toReversed()).value(), sum);
      assert.equal(sumOf([...values, ...values.map((value) => -value)]).value(), 0);
    }),
    seeded,
  );
});

test('merged sums equal one sum of all values', () => {
  fc.assert(
    fc.property(fc.array(fc.array(finite, { maxLength: 20 }), { maxLength: 5 }), (groups) => {
      const merged = new ExactSum();
      for (const group of groups) merged.merge(sumOf(sumOf(group).terms()));
      assert.equal(merged.value(), sumOf(groups.flat()).value());
    }),
    seeded,
  );
});

test('values that cancel, large integers and infinities', () => {
  assert.equal(sumOf([1e100, 1, -1e100]).value(), 1);
  assert.equal(sumOf(Array.from({ length: 10 }, () => 0.1)).value(), 1);
  assert.equal(sumOf([Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 1]).value(), Number.MAX_VALUE);
  assert.equal(sumOf([Number.MAX_VALUE, Number.MAX_VALUE]).value(), Number.POSITIVE_INFINITY);
  assert.equal(sumOf([1, Number.NEGATIVE_INFINITY]).value(), Number.NEGATIVE_INFINITY);
  const sum = new ExactSum();
  for (const value of [2n ** 62n + 1n, 2n ** 62n + 1n, -(2n ** 63n) + 5n]) sum.addInteger(value);
  assert.equal(sum.value(), 7);
});
