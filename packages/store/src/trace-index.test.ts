import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from './columns/blast.testing.ts';
import { buildTraceIndex } from './trace-index.ts';

test('the index contains each prefix once in ascending order, whatever the IDs are', () => {
  const random = createRandom(3);
  const word = () => BigInt(random());
  const kinds: (() => bigint)[] = [
    () => (word() << 32n) | word(),
    () => (word() << 32n) | (word() % 3n),
    () => word() % 100n,
    () => ((word() % 8n) << 61n) | word(),
    () => 2n ** 64n - 1n - (word() % 2n),
    () => 7n,
  ];
  for (const count of [0, 1, 2, 255, 256, 257, 1000, 4095, 8200]) {
    for (const kind of kinds) {
      const values = Array.from({ length: count }, kind);
      // The prefixes do not start at the start of the buffer.
      const all = new BigUint64Array([1n, 2n, ...values, ...values.slice(0, count / 4)]);
      const index = Buffer.from(buildTraceIndex(all.subarray(2)));
      const expected = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
      const found = Array.from({ length: index.length / 8 }, (_, i) => index.readBigUInt64LE(i * 8));
      assert.deepEqual(found, expected);
    }
  }
});
