import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGlob, GlobError } from './glob.ts';

test('matches like the globs of the Collector', () => {
  for (const [glob, text, expected] of [
    ['', '', true],
    ['', 'b', false],
    ['*ä', 'åä', true],
    ['a*c', 'a12345c', true],
    ['a?c', 'a1c', true],
    ['a.b', 'a.b', true],
    ['a.b', 'axb', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.**', 'a.b.c', true],
    ['a.?.c', 'a.b.c', true],
    ['a.?.c', 'a.bb.c', false],
    ['*', 'abc', true],
    ['*', 'a.b.c', false],
    ['**', 'a.b\nc', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'a', false],
    ['?*?', 'ac', true],
    ['sta', 'stagnation', false],
    ['[!a]*', 'this', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    [String.raw`[\]]`, ']', true],
    ['[.]', '.', true],
    ['{abc,abcd}a', 'abcda', true],
    ['{a,ab}{bc,f}', 'abc', true],
    ['/{rate,[a-z][a-z][a-z]}*', '/usd', true],
    ['{*.google.*,yandex.*}', 'www.google.com', true],
    ['{*.google.*,yandex.*}', 'www.yandex.com', false],
    ['{a,b', 'b', true],
    ['a,b}', 'a,b}', true],
    ['a+(b)|c$', 'a+(b)|c$', true],
    ['a\\', 'a', true],
  ] as const)
    assert.equal(compileGlob(glob, '.').test(text), expected, `${glob} on ${text}`);
});

test('rejects invalid globs with a reason', () => {
  for (const [glob, message] of [
    ['a[', 'unexpected end'],
    ['a[b', 'unexpected end'],
    ['[]', 'expected characters in "[]"'],
    ['[z-a]', 'expected a character after "z", got "a"'],
    ['[a-cd]', 'expected "]" after a range of characters'],
  ] as const)
    assert.throws(() => compileGlob(glob, '.'), new GlobError(message));
});

test('takes time linear in the length of the text', () => {
  const glob = compileGlob('*a*a*a*a*a*a*a*a*a*a*b', '.');
  assert.equal(glob.test('a'.repeat(20_000)), false);
});
