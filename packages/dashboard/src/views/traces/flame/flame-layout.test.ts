import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit';
import { randomSpans, treeOf } from '../shape/trace.testing.ts';
import { durationOf, startOf } from '../trace-tree.ts';
import { flameLayout, spanInRow } from './flame-layout.ts';

test('spans are below their parents, do not overlap within a row, and are found at their place', async () => {
  const random = createRandom(3);
  for (let round = 0; round < 40; round += 1) {
    const tree = await treeOf(randomSpans(random, 1 + random(120)));
    const layout = flameLayout(tree);
    for (let index = 0; index < tree.length; index += 1) {
      const parent = tree.parents[index] ?? -1;
      if (parent >= 0) assert.ok((layout.rows[index] ?? 0) > (layout.rows[parent] ?? 0));
      if (durationOf(tree, index) > 1)
        assert.equal(spanInRow(tree, layout, layout.rows[index] ?? 0, startOf(tree, index) + 0.5, 0), index);
    }
    for (const row of layout.spans) {
      row.forEach((index, at) => {
        const next = row[at + 1];
        if (next !== undefined) assert.ok(startOf(tree, index) + durationOf(tree, index) <= startOf(tree, next));
      });
    }
    assert.equal(
      layout.spans.reduce((sum, row) => sum + row.length, 0),
      tree.length,
    );
  }
});

test('a span without a place of its own is in the last row', async () => {
  const spans = Array.from({ length: 5000 }, (_, id) => ({ id, start: 0, lasts: 10, ...(id > 0 && { parent: 0 }) }));
  const layout = flameLayout(await treeOf(spans));
  assert.equal(layout.spans.length, 4096);
  assert.equal(layout.spans[4095]?.length, 5000 - 4095);
});
