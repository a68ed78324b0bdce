import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit';
import { criticalPath } from '../shape/critical-path.ts';
import { randomSpans, treeOf } from '../shape/trace.testing.ts';
import { alignTraces, timeChanges } from './align.ts';

test('spans match by service, name and place, and those of one trace stand where they ran', async () => {
  const b = await treeOf([
    { id: 0, name: 'root', start: 0, lasts: 50 },
    { id: 1, parent: 0, name: 'charge', start: 1, lasts: 10 },
    { id: 2, parent: 0, name: 'confirm', start: 20, lasts: 5 },
    { id: 3, parent: 0, name: 'render', start: 30, lasts: 5 },
  ]);
  const a = await treeOf([
    { id: 0, name: 'root', start: 0, lasts: 90 },
    { id: 1, parent: 0, name: 'charge', start: 1, lasts: 20 },
    { id: 5, parent: 1, name: 'retry', start: 2, lasts: 3 },
    { id: 4, parent: 0, name: 'charge', start: 30, lasts: 30 },
    { id: 3, parent: 0, name: 'render', start: 80, lasts: 5 },
  ]);
  const rows = alignTraces(a, b);
  assert.deepEqual(
    rows.map(({ depth, name, a: one, b: other, end }) => [depth, name, one?.nanos, other?.nanos, end]),
    [
      [0, 'root', 90, 50, 6],
      [1, 'charge', 20, 10, 3],
      [2, 'retry', 3, undefined, 3],
      [1, 'charge', 30, undefined, 4],
      [1, 'confirm', undefined, 5, 5],
      [1, 'render', 5, 5, 6],
    ],
  );
  const changes = timeChanges(a, criticalPath(a).nanos, b, criticalPath(b).nanos);
  assert.deepEqual(changes[0], { service: 'shop', name: 'charge', nanos: 37 });
  assert.equal(
    changes.reduce((sum, { nanos }) => sum + nanos, 0),
    40,
  );
});

test('aligned random traces contain every span once, and a trace aligned with itself has no differences', async () => {
  const random = createRandom(9);
  for (let round = 0; round < 40; round += 1) {
    const [a, b] = [
      await treeOf(randomSpans(random, 1 + random(80))),
      await treeOf(randomSpans(random, 1 + random(80))),
    ];
    const rows = alignTraces(a, b);
    const hidden = (tree: typeof a, indexes: readonly number[]): number =>
      indexes.length === 1 ? 1 : indexes.reduce((sum, index) => sum + (tree.ends[index] ?? 0) - index, 0);
    assert.equal(
      rows.reduce((sum, row) => sum + (row.a === undefined ? 0 : sizeIn(row, a, 'a')), 0),
      a.length,
    );
    assert.equal(
      rows.reduce((sum, row) => sum + (row.b === undefined ? 0 : sizeIn(row, b, 'b')), 0),
      b.length,
    );
    function sizeIn(row: (typeof rows)[number], tree: typeof a, side: 'a' | 'b'): number {
      const isRepeat = (row.a?.indexes.length ?? 0) > 1 || (row.b?.indexes.length ?? 0) > 1;
      const indexes = row[side]?.indexes ?? [];
      return isRepeat
        ? indexes.reduce((sum, index) => sum + (tree.ends[index] ?? 0) - index, 0)
        : hidden(tree, indexes);
    }
    for (const { a: one, b: other } of alignTraces(a, a)) assert.deepEqual(one, other);
    const self = criticalPath(a).nanos;
    assert.ok(timeChanges(a, self, a, self).every(({ nanos }) => nanos === 0));
  }
});
