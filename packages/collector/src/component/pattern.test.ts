import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from '@otelier/query/pattern';
import { patternError } from './pattern.ts';

for (const [pattern, matching, other] of [
  ['^GET ', 'GET /', 'get /'],
  ['(?i)^get ', 'GET /', 'POST /'],
  ['(?is)^a.B$', 'A\nb', 'ab'],
  [String.raw`\Aab\z`, 'ab', 'ab\n'],
  [String.raw`(?m)\Ab`, 'bc', 'a\nb'],
  [String.raw`^user\-\d+$`, 'user-7', 'user_7'],
  [String.raw`^\\z$`, String.raw`\z`, 'z'],
  ['^.$', '🙂', '🙂🙂'],
  [String.raw`^\p{Lu}`, 'Ärger', 'ärger'],
] as const) {
  test(`matches ${pattern} like the Collector`, () => {
    assert.ok(compilePattern(pattern).test(matching), matching);
    assert.ok(!compilePattern(pattern).test(other), other);
  });
}

test('supports named groups in Go syntax', () => {
  assert.equal(compilePattern(String.raw`/orders/(?P<id>\d+)`).groups('/orders/12')?.['id'], '12');
});

test('returns the error of an invalid regular expression', () => {
  assert.match(patternError('a(b') ?? '', /^expected a regular expression, got "a\(b" \(.*\)$/);
  assert.equal(patternError('a(b)'), undefined);
});
