import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { releaseBytes, retainBytes, takeBytes } from './byte-pool.ts';

const LARGE = 64 * 1024;

test('uses released memory again', () => {
  const first = takeBytes(LARGE);
  const { buffer } = first;
  releaseBytes(first);
  assert.equal(takeBytes(LARGE - 100).buffer, buffer);
});

test('ignores arrays of others and a second release', () => {
  const bytes = takeBytes(LARGE);
  releaseBytes(bytes);
  const again = takeBytes(LARGE);
  releaseBytes(bytes);
  releaseBytes(new Uint8Array(again.buffer));
  releaseBytes(again.subarray(1));
  assert.notEqual(takeBytes(LARGE).buffer, again.buffer);
});

test('uses memory again after each of its owners has released it', () => {
  const bytes = takeBytes(LARGE);
  const { buffer } = bytes;
  retainBytes(bytes);
  releaseBytes(bytes);
  const other = takeBytes(LARGE);
  assert.notEqual(other.buffer, buffer);
  releaseBytes(bytes);
  assert.equal(takeBytes(LARGE).buffer, buffer);
});

test('pools memory again after many arrays were not released', () => {
  for (let bytes = 0; bytes < 80 * 2 ** 20; bytes += LARGE) takeBytes(LARGE);
  const taken = Array.from({ length: 40 }, () => takeBytes(LARGE));
  for (const bytes of taken) releaseBytes(bytes);
  const { buffer } = takeBytes(LARGE);
  assert.ok(taken.some((bytes) => bytes.buffer === buffer));
});

test('never gives memory in use to another owner, and little more than needed', () => {
  const step = fc.record({
    size: fc.integer({ min: 0, max: 3 * 2 ** 20 }),
    owners: fc.nat({ max: 2 }),
    release: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const owned: { bytes: Uint8Array; mark: number }[] = [];
      for (const [mark, { size, owners, release }] of steps.entries()) {
        const bytes = takeBytes(size);
        assert.equal(bytes.length, size);
        assert.ok(bytes.buffer.byteLength <= size * 1.25);
        bytes.fill(mark);
        owned.push({ bytes, mark });
        for (let i = 0; i < owners; i++) {
          retainBytes(bytes);
          owned.push({ bytes, mark });
        }
        const [released] = release % 3 === 0 ? owned.splice(release % owned.length, 1) : [];
        if (released !== undefined) releaseBytes(released.bytes);
        for (const other of owned) {
          const ends = [other.bytes[0], other.bytes.at(-1)];
          if (other.bytes.length > 0) assert.deepEqual(ends, [other.mark, other.mark]);
        }
      }
      for (const { bytes } of owned) releaseBytes(bytes);
    }),
    { numRuns: 50, seed: 13 },
  );
});
