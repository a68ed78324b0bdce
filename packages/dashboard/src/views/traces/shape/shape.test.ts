import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit';
import { durationOf, spanAt, startOf, type TraceTree, visibleRows } from '../trace-tree.ts';
import { criticalPath, parallelSpans, segmentAt } from './critical-path.ts';
import { findRepeats, worstCalls } from './repeats.ts';
import { indexOfSpan, randomSpans, type TestSpan, treeOf } from './trace.testing.ts';

const named = (tree: TraceTree, path = criticalPath(tree)) =>
  path.segments.map(({ index, from, to }) => [spanAt(tree, index)?.name, from, to]);

test('the critical path waits for the child that ended last, and leaves out what ran beside it', async () => {
  const tree = await treeOf([
    { id: 0, name: 'root', start: 0, lasts: 100 },
    { id: 1, parent: 0, name: 'first', start: 5, lasts: 30 },
    { id: 2, parent: 0, name: 'beside', start: 10, lasts: 20 },
    { id: 3, parent: 0, name: 'second', start: 40, lasts: 50 },
    { id: 4, parent: 3, name: 'inner', start: 45, lasts: 40 },
  ]);
  const path = criticalPath(tree);
  assert.deepEqual(named(tree, path), [
    ['root', 0, 5],
    ['first', 5, 35],
    ['root', 35, 40],
    ['second', 40, 45],
    ['inner', 45, 85],
    ['second', 85, 90],
    ['root', 90, 100],
  ]);
  const [first, beside] = [indexOfSpan(tree, 1), indexOfSpan(tree, 2)];
  assert.deepEqual(parallelSpans(tree, path, first, 5), [{ index: beside, overlapNanos: 20 }]);
  assert.equal(segmentAt(path, 29)?.index, first);
  assert.equal(segmentAt(path, 100), undefined);
});

test('a child that outlives its parent holds it up until the end, and no longer', async () => {
  const tree = await treeOf([
    { id: 0, name: 'root', start: 0, lasts: 50 },
    { id: 1, parent: 0, name: 'late', start: 20, lasts: 100 },
  ]);
  assert.deepEqual(named(tree), [
    ['root', 0, 20],
    ['late', 20, 50],
  ]);
});

test('the critical path of random traces covers the root without gaps, within its spans', async () => {
  const random = createRandom(11);
  for (let round = 0; round < 60; round += 1) {
    const tree = await treeOf(randomSpans(random, 2 + random(60)));
    const path = criticalPath(tree);
    let until = startOf(tree, 0);
    for (const { index, from, to } of path.segments) {
      assert.equal(from, until, `round ${round}`);
      assert.ok(from >= startOf(tree, index) && to <= startOf(tree, index) + durationOf(tree, index));
      until = to;
    }
    assert.equal(until, startOf(tree, 0) + durationOf(tree, 0), `round ${round}`);
    assert.equal(
      [...path.nanos.values()].reduce((sum, nanos) => sum + nanos, 0),
      path.totalNanos,
    );
  }
});

test('repeated siblings are one row, and sequential calls of another system are reported', async () => {
  const call = (id: number, more: Partial<TestSpan> = {}): TestSpan => ({
    ...{ id, parent: 0, name: 'SELECT products', peer: 'postgresql', start: id * 10, lasts: 4 },
    ...more,
  });
  const spans: TestSpan[] = [
    { id: 0, start: 0, lasts: 200 },
    ...Array.from({ length: 9 }, (_, at) => call(at + 1, at === 3 ? { failed: true } : {})),
    { id: 10, parent: 0, name: 'other', start: 100, lasts: 1 },
    ...Array.from({ length: 3 }, (_, at) => call(at + 11)),
    ...Array.from({ length: 5 }, (_, at) => call(at + 20, { name: 'parallel', start: 150, lasts: 10 + at })),
  ];
  const tree = await treeOf(spans);
  const repeats = findRepeats(tree);
  assert.deepEqual(
    [...repeats.values()].map(({ members, nanos, errorCount, isSequentialCalls }) => [
      ...[members.length, nanos, errorCount, isSequentialCalls],
    ]),
    [
      [9, 36, 1, true],
      [5, 60, 0, false],
    ],
  );
  assert.equal(worstCalls(repeats)?.members.length, 9);
  // The root, the group, the other span, three calls, the parallel ones.
  assert.equal(visibleRows(tree, new Set(), repeats).length, 7);
});

test('groups of random traces contain all spans that they hide', async () => {
  const random = createRandom(5);
  for (let round = 0; round < 60; round += 1) {
    const tree = await treeOf(randomSpans(random, 100));
    const repeats = findRepeats(tree);
    const shown = new Set(visibleRows(tree, new Set(), repeats));
    for (let index = 0; index < tree.length; index += 1) {
      const isHidden = [...repeats.values()].some((group) => group.index < index && index < group.end);
      assert.equal(shown.has(index), !isHidden);
    }
    for (const { members } of repeats.values()) {
      const parents = new Set(members.map((member) => tree.parents[member]));
      const names = new Set(members.map((member) => spanAt(tree, member)?.name));
      assert.deepEqual([parents.size, names.size], [1, 1]);
    }
  }
});
