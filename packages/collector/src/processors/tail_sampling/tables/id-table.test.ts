import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { DecisionCache } from './decision-cache.ts';
import { IdTable } from './id-table.ts';

test('a table of IDs finds, adds and removes like a map', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed);
    const table = new IdTable(() => random(1000) / 1000, 4);
    const expected = new Map<string, number>();
    for (let step = 0; step < 3000; step++) {
      // Few distinct IDs, so that many are equal and many collide.
      const id = [random(4), random(3), random(3), random(8), random(2)] as const;
      const index = table.find(...id);
      assert.equal(index, expected.get(id.join()) ?? -1);
      if (index < 0) {
        const added = table.insert(...id);
        assert.equal(table.tenantOf(added), id[4]);
        expected.set(id.join(), added);
      } else if (random(3) > 0) {
        table.remove(index);
        expected.delete(id.join());
      }
      assert.equal(table.count, expected.size);
    }
    assert.equal(new Set(expected.values()).size, expected.size);
  }
});

test('a cache of decisions forgets the least recently used one', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed);
    const cache = new DecisionCache(5, () => random(1000) / 1000);
    const expected = new Map<number, number>();
    for (let step = 0; step < 1000; step++) {
      const id = random(9);
      const known = expected.get(id);
      assert.equal(cache.get(0, 0, 0, id, 0), known);
      if (known !== undefined) expected.delete(id);
      const policy = known !== undefined && random(2) === 0 ? known : random(100);
      if (policy !== known) cache.put(0, 0, 0, id, 0, policy);
      expected.set(id, policy);
      for (const oldest of expected.keys()) {
        if (expected.size <= 5) break;
        expected.delete(oldest);
      }
    }
  }
});
