import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { type ExactValue, parseExact, SpelledNumber } from './exact-json.ts';

/** Converts a parsed value to what `JSON.parse` returns, but with entries instead of objects. */
function plain(value: ExactValue): unknown {
  if (value instanceof SpelledNumber) return Number(value.text);
  if (value instanceof Map) return [...value].map(([key, member]) => [key, plain(member)]);
  return Array.isArray(value) ? value.map(plain) : value;
}

test('keeps the order of members whatever their keys', () => {
  const text = '{"b":1,"1":{"10":2,"a":3,"9":4},"__proto__":5,"0":6,"\\\\":7,"c\\"":8}';
  assert.deepEqual(plain(parseExact(text)), [
    ['b', 1],
    [
      '1',
      [
        ['10', 2],
        ['a', 3],
        ['9', 4],
      ],
    ],
    ['__proto__', 5],
    ['0', 6],
    ['\\', 7],
    ['c"', 8],
  ]);
});

test('keeps the spelling of numbers', () => {
  const numbers = ['1', '1.0', '-0.0', '9223372036854775807', '1e300', '-5E-324'];
  const parsed = parseExact(`[${numbers.join()}]`);
  assert.deepEqual(Array.isArray(parsed) && parsed.map((number) => number.text), numbers);
});

test('reads any lists and texts as JSON.parse does', () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\\', '"', 'a', '\n', ' ') }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      assert.deepEqual(plain(parseExact(text)), JSON.parse(text));
    }),
    seeded(),
  );
});

test('reads any objects in the order in which they are written', () => {
  const key = fc.oneof(fc.nat(20).map(String), fc.string({ unit: fc.constantFrom('\\', '"', 'a', '{', ':') }));
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, fc.integer()), { selector: ([name]) => name }), (entries) => {
      const text = `{${entries.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(' , ')}}`;
      assert.deepEqual(plain(parseExact(text)), entries);
    }),
    seeded(),
  );
});

test('rejects invalid JSON and names the position', () => {
  for (const text of ['', '{', '[1', '[1,]', '{"a"}', '{"a":}', '{1:2}', '"a', '"a\\"', '1 2', 'tru', '-', '[}']) {
    assert.throws(() => parseExact(text), /JSON: expected .* at \d+, got /, text);
  }
});
