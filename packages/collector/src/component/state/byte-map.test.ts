import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteMap, KeyBytes } from './byte-map.ts';

const part = fc.uint8Array({ maxLength: 12 });

test('finds values by equal parts only', () => {
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 200 }), (keys) => {
      const map = new ByteMap<string>();
      const expected = new Map<string, string>();
      const key = new KeyBytes();
      const build = (parts: readonly Uint8Array[]) => {
        key.clear();
        for (const bytes of parts) key.addRange(bytes, 0, bytes.length);
        return key;
      };
      for (const [index, parts] of keys.entries()) {
        const id = JSON.stringify(parts.map((bytes) => [...bytes]));
        assert.equal(map.get(build(parts)), expected.get(id));
        if (expected.has(id)) continue;
        expected.set(id, `${index}`);
        map.add(build(parts), `${index}`);
      }
      for (const parts of keys)
        assert.equal(map.get(build(parts)), expected.get(JSON.stringify(parts.map((bytes) => [...bytes]))));
      map.clear();
      for (const parts of keys) assert.equal(map.get(build(parts)), undefined);
    }),
    { numRuns: 200, seed: 3 },
  );
});

test('keeps nearly all of many keys, short and long', () => {
  const map = new ByteMap<number>();
  const key = new KeyBytes();
  const keyOf = (index: number) => {
    const bytes = Buffer.from(`GET /api/v1/${'x'.repeat(index % 300)}/${index}`);
    return key
      .clear()
      .addByte(index & 255)
      .addRange(bytes, 0, bytes.length);
  };
  for (let index = 0; index < 20_000; index++) map.add(keyOf(index), index);
  let found = 0;
  for (let index = 0; index < 20_000; index++) {
    const value = map.get(keyOf(index));
    if (value === undefined) continue;
    assert.equal(value, index);
    found++;
  }
  assert.ok(found > 19_900, `found ${found}`);
});
