import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findEndOfGroup } from './group.ts';
import { FieldReader } from './reader.ts';

test('finds the same end of a group as FieldReader', () => {
  // Few distinct bytes, so that tags, ends and lengths often match: groups 1 and 2, fields of each wire type, long
  // varints.
  const byte = fc.constantFrom(0x0b, 0x0c, 0x13, 0x14, 0x08, 0x09, 0x0a, 0x0d, 0x00, 0x01, 0x02, 0x80, 0xff, 0x0f);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), (rest) => {
      const bytes = Uint8Array.from([0x0b, ...rest]);
      assert.equal(findEndOfGroup(bytes, 0, bytes.length), endByReader(bytes), Buffer.from(bytes).toString('hex'));
    }),
    { numRuns: 20_000, seed: 7 },
  );
});

test('accepts the same depth of groups as FieldReader', () => {
  for (const [depth, expected] of [
    [100, 200],
    [101, -1],
  ] as const) {
    const bytes = Uint8Array.from({ length: depth * 2 }, (_, index) => (index < depth ? 0x0b : 0x0c));
    assert.equal(findEndOfGroup(bytes, 0, bytes.length), expected);
    assert.equal(endByReader(bytes), expected);
  }
});

function endByReader(bytes: Uint8Array): number {
  try {
    const reader = new FieldReader(bytes);
    reader.next();
    return reader.end;
  } catch {
    return -1;
  }
}
