import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyRun, copyShort, viewOf } from './copy-run.ts';

test('copies runs of every length and nothing else', () => {
  const source = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7919) & 255).subarray(3);
  for (let length = 0; length <= 500; length++) {
    for (const [start, at] of [
      [0, 0],
      [5, 3],
      [source.length - length, 11],
    ] as const) {
      const target = new Uint8Array(length + at + 9).fill(0xaa).subarray(1);
      const expected = target.slice();
      expected.set(source.slice(start, start + length), at);
      const next = copyRun(source, viewOf(source), start, start + length, target, viewOf(target), at);
      assert.equal(next, at + length);
      assert.deepEqual(target, expected);
      const short = source.slice(start, start + length);
      assert.equal(copyShort(short, target.fill(0xaa), at), at + length);
      assert.deepEqual(target, expected);
    }
  }
});
