import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonAttributes, jsonPieces, millisOf } from './json.ts';

test('serializes a response in chunks to the text of JSON.stringify', () => {
  const entry = fc.oneof(fc.integer(), fc.string(), fc.record({ a: fc.string(), b: fc.option(fc.integer()) }));
  const response = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.constant(undefined), fc.array(entry, { maxLength: 3 })),
  );
  fc.assert(
    fc.property(response, fc.array(entry, { minLength: 480, maxLength: 1600, size: 'max' }), (small, long) => {
      const whole = { ...small, long, last: 1 };
      assert.equal([...jsonPieces(whole)].join(''), JSON.stringify(whole));
    }),
    { seed: 20_261_130, numRuns: 30 },
  );
  assert.equal([...jsonPieces({})].join(''), '{}');
});

test('splits a long list into several chunks', () => {
  assert.ok([...jsonPieces({ spans: Array.from({ length: 5000 }, (_, i) => i) })].length >= 10);
});

test('keeps a key __proto__', () => {
  const attributes = JSON.parse('{"__proto__":"x","a":1}');
  assert.equal(JSON.stringify(jsonAttributes(attributes)), '{"__proto__":"x","a":1}');
});

test('writes non-finite numbers as text', () => {
  const attributes = { nan: Number.NaN, up: Infinity, down: -Infinity, big: 2n ** 63n - 1n, list: [1n, [Number.NaN]] };
  assert.deepEqual(jsonAttributes(attributes), {
    nan: 'NaN',
    up: 'Infinity',
    down: '-Infinity',
    big: '9223372036854775807',
    list: ['1', ['NaN']],
  });
});

test('converts nanoseconds to fractional milliseconds', () => {
  assert.equal(millisOf(1_700_000_000_123_456_789n), 1_700_000_000_123.456);
});
