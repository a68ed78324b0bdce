import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { SequenceWindow } from './sequence-window.ts';

test('classifies numbers as new, known or too old like an unbounded set', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 45 })), { maxLength: 200 }),
      fc.integer({ min: 0, max: 50 }),
      (sequences, first) => {
        const window = new SequenceWindow(64, first);
        const seen = new Set<number>();
        let next = first;
        for (const sequence of sequences) {
          const isLate = sequence < first || sequence < next - 64;
          const expected = isLate ? 'late' : seen.has(sequence) ? 'duplicate' : 'new';
          assert.equal(window.has(sequence), expected !== 'new');
          assert.equal(window.add(sequence), expected);
          if (!isLate) seen.add(sequence);
          next = Math.max(next, sequence + 1);
          assert.equal(window.next, next);
          assert.equal(window.received, seen.size);
          assert.equal(window.lost(0), next - first - seen.size);
        }
      },
    ),
    seeded(),
  );
});

test('waits for the latest gaps and counts them as lost when others have passed', () => {
  const window = new SequenceWindow(64, 0);
  for (const sequence of [0, 1, 3]) window.add(sequence);
  assert.deepEqual([window.lost(8), window.lost(0)], [0, 1]);
  for (let sequence = 4; sequence < 20; sequence++) window.add(sequence);
  assert.equal(window.lost(8), 1);
  window.add(2);
  assert.deepEqual([window.lost(8), window.reordered], [0, 1]);
  window.advance(1000);
  assert.deepEqual([window.lost(8), window.lost(0)], [972, 980]);
});
