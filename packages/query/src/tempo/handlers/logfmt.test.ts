import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { quote } from '../../promql/parse/literals.ts';
import { parseLogfmt } from './logfmt.ts';

test('tags are pairs, whose quoted values have the escapes of Go', () => {
  assert.deepEqual(parseLogfmt('  service.name=cart  http.url="/a b" debug '), [
    ['service.name', 'cart'],
    ['http.url', '/a b'],
    ['debug', ''],
  ]);
  assert.deepEqual(parseLogfmt(String.raw`a="\x2fcart\a" b="\U0001F600"`), [
    ['a', '/cart\x07'],
    ['b', '\u{1f600}'],
  ]);
});

test('what is not a pair is an error with its position', () => {
  for (const [text, message] of [
    ['a=b=c', "invalid tags: unexpected '=' at pos 4"],
    ['a=b é"', `invalid tags: unexpected '"' at pos 7`],
    ['a="b', 'invalid tags: unterminated quoted value at pos 5'],
    [String.raw`a="\q"`, 'invalid tags: invalid quoted value at pos 7'],
  ] as const) {
    assert.throws(() => parseLogfmt(text), { status: 400, message });
  }
});

test('values that Go quotes are read as they were', () => {
  const random = createRandom(16);
  const characters = ['a', ' ', '=', '"', '\\', '\n', '\t', '\x00', '\x07', '\x7f', 'é', '\u2028', '😀'];
  for (let round = 0; round < 300; round++) {
    const text = (): string =>
      Array.from({ length: 1 + random(8) }, () => characters[random(characters.length)]).join('');
    const pairs = Array.from({ length: 1 + random(4) }, (_, index) => [`key${index}`, text()] as const);
    const tags = pairs.map(([key, value]) => `${key}=${quote(value)}`).join(' ');
    assert.deepEqual(parseLogfmt(tags), pairs, tags);
  }
});
