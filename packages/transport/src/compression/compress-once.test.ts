import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { compressOnce } from './compress-once.ts';

describe('compressing once', () => {
  for (const [name, size] of [
    ['in this thread', 1000],
    ['in the pool', 1_000_000],
  ] as const) {
    test(`compresses the same array of parts once, ${name}, for all present and later callers`, async () => {
      const parts = [Buffer.alloc(size, 'ab'), Buffer.alloc(size, 'cde')];
      const asked = [compressOnce('gzip', parts), compressOnce('gzip', parts, 1)];
      const [first, second] = await Promise.all(asked);
      assert.equal(first, second);
      assert.equal(await compressOnce('gzip', parts), first);
      assert.deepEqual(zlib.gunzipSync(first ?? ''), Buffer.concat(parts));
    });
  }

  test('distinguishes codings, levels and arrays', async () => {
    const parts = [Buffer.from(Array.from({ length: 20_000 }, (_, i) => `span ${i * 7919}`).join(' '))];
    const fast = await compressOnce('gzip', parts, 1);
    const small = await compressOnce('gzip', parts, 9);
    assert.ok(small.length < fast.length);
    assert.deepEqual(zlib.inflateSync(await compressOnce('deflate', parts)), parts[0]);
    assert.notEqual(await compressOnce('gzip', [...parts], 1), fast);
  });
});
