import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownMemory, ThreadMemory } from './thread-memory.ts';

test('returns the sum of the memory that all threads last published', () => {
  const shared = new SharedArrayBuffer(16);
  const [one, other] = [new ThreadMemory(shared, 0), new ThreadMemory(shared, 1)];
  const kept = Buffer.alloc(50_000_000);
  assert.ok(ownMemory.bytes() > kept.length);
  const alone = one.bytes();
  const together = other.bytes();
  assert.ok(alone > kept.length && together > alone + kept.length);
});
