import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit';
import { spanFlames } from '../../views/traces/flame/span-flames.ts';
import { randomSpans, treeOf } from '../../views/traces/shape/trace.testing.ts';
import { boxInRow, flameLayout } from './flame-layout.ts';

test('spans are below their parents, do not overlap within a row, and are found at their place', async () => {
  const random = createRandom(3);
  for (let round = 0; round < 40; round += 1) {
    const tree = spanFlames(await treeOf(randomSpans(random, 1 + random(120))));
    const layout = flameLayout(tree);
    for (let index = 0; index < tree.length; index += 1) {
      const parent = tree.parent(index);
      if (parent >= 0) assert.ok((layout.rows[index] ?? 0) > (layout.rows[parent] ?? 0));
      if (tree.lasts(index) > 1)
        assert.equal(boxInRow(tree, layout, layout.rows[index] ?? 0, tree.start(index) + 0.5, 0), index);
    }
    for (const row of layout.boxes) {
      row.forEach((index, at) => {
        const next = row[at + 1];
        if (next !== undefined) assert.ok(tree.start(index) + tree.lasts(index) <= tree.start(next));
      });
    }
    assert.equal(
      layout.boxes.reduce((sum, row) => sum + row.length, 0),
      tree.length,
    );
  }
});

test('a span without a place of its own is in the last row', async () => {
  const spans = Array.from({ length: 5000 }, (_, id) => ({ id, start: 0, lasts: 10, ...(id > 0 && { parent: 0 }) }));
  const layout = flameLayout(spanFlames(await treeOf(spans)));
  assert.equal(layout.boxes.length, 4096);
  assert.equal(layout.boxes[4095]?.length, 5000 - 4095);
});
