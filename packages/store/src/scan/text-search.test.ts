import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../columns/blast.testing.ts';
import { containsTests, isScannableText } from './text-search.ts';
import { NotScannableError } from './value-tests.ts';

const random = createRandom(3);
const pick = (letters: string, length: number): string =>
  Array.from({ length }, () => letters[random() % letters.length]).join('');

test('a text is found in any case, anywhere in a value', () => {
  let found = 0;
  for (let i = 0; i < 3000; i++) {
    const value = pick('aAbBzZ[@`{5 é€', random() % 12);
    const wanted = pick('aAbBzZ[@`{5 ', 1 + (random() % 3));
    const expected = value.toLowerCase().includes(wanted.toLowerCase());
    const { text, json, boolean } = containsTests(wanted);
    const bytes = Buffer.from(`a${value}b`);
    assert.equal(text(bytes, 1, bytes.length - 1), expected, JSON.stringify([value, wanted]));
    assert.equal(json(JSON.stringify(value)), expected);
    assert.equal(boolean(true), 'true'.includes(wanted.toLowerCase()));
    if (expected) found += 1;
  }
  assert.ok(found > 100 && found < 2900);
});

test('numbers contain parts of their text', () => {
  for (const [wanted, value] of [
    ['4', 404],
    ['-3', -3],
    ['.5', 1.5],
    ['04', 404],
    ['inf', 1 / 0],
    ['na', Number.NaN],
  ] as const) {
    const { double } = containsTests(wanted);
    assert.equal(double.kind === 'text' && double.test(value === 1 / 0 ? 'Infinity' : String(value)), true, wanted);
  }
  for (const wanted of ['cart', '4 ', 'x', '4a']) assert.equal(containsTests(wanted).integer.kind, 'number', wanted);
});

test('leaves letters to the engine that it may lowercase in another way', () => {
  for (const text of ['é', '\u212a', '', 'a\u0000']) assert.equal(isScannableText(text), false, text);
  const { text } = containsTests('book');
  for (const value of ['boo\u212a', 'a \u0130', '\u212aa']) {
    const bytes = Buffer.from(value);
    assert.throws(() => text(bytes, 0, bytes.length), NotScannableError);
  }
});
