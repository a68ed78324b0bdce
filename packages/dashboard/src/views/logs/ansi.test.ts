import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ansiPieces, withoutAnsi } from './ansi.ts';

const styles = (text: string) => ansiPieces(text).map(({ text: part, color, bold }) => [part, color, bold]);

test('splits text by color and weight, and removes all other sequences', () => {
  assert.deepEqual(styles('a\u001b[31mred\u001b[1;92mbold\u001b[0mz'), [
    ['a', undefined, false],
    ['red', 1, false],
    ['bold', 2, true],
    ['z', undefined, false],
  ]);
  assert.deepEqual(styles('\u001b[38;5;196mx\u001b[38;2;1;31;3my\u001b[39;22mz'), [
    ['x', undefined, false],
    ['y', undefined, false],
    ['z', undefined, false],
  ]);
  assert.equal(withoutAnsi('\u001b[2K\u001b]8;;http://x\u0007link\u001b]8;;\u001b\\\u001b[1A\u001bM!\u001b'), 'link!');
});

test('keeps text without sequences, however long', () => {
  assert.deepEqual(styles(''), []);
  const long = '[31m<b>'.repeat(100_000);
  assert.deepEqual(styles(long), [[long, undefined, false]]);
  assert.equal(withoutAnsi('\u001b['.repeat(100_000)), '['.repeat(100_000).replaceAll('[', ''));
});
