import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Panel, Place } from './board.ts';
import { compact, placeBelow, placePanel, visiblePanels } from './layout.ts';

const panel = (id: string, x: number, y: number, w: number, h: number): Panel => ({
  id,
  title: id,
  kind: 'text',
  text: '',
  place: { x, y, w, h },
});
const row = (id: string, y: number, collapsed: boolean): Panel => ({
  id,
  title: id,
  kind: 'row',
  collapsed,
  place: { x: 0, y, w: 12, h: 1 },
});
const placesOf = (panels: readonly Panel[]): Record<string, readonly number[]> =>
  Object.fromEntries(panels.map(({ id, place: { x, y, w, h } }) => [id, [x, y, w, h]]));

test('closes gaps and resolves overlaps', () => {
  const panels = compact([panel('b', 3, 0, 6, 4), panel('c', 0, 40, 12, 2), panel('a', 0, 0, 6, 4)]);
  assert.deepEqual(placesOf(panels), { a: [0, 0, 6, 4], b: [3, 4, 6, 4], c: [0, 8, 12, 2] });
});

test('moves the others out of the way of a panel', () => {
  const panels = [panel('a', 0, 0, 6, 4), panel('b', 6, 0, 6, 4), panel('c', 0, 4, 12, 4)];
  const to = (id: string, place: Place) => placesOf(placePanel(panels, id, place));
  assert.deepEqual(to('c', { x: 0, y: 0, w: 12, h: 4 }), { c: [0, 0, 12, 4], a: [0, 4, 6, 4], b: [6, 4, 6, 4] });
  assert.deepEqual(to('a', { x: 0, y: 6, w: 6, h: 4 }), { b: [6, 0, 6, 4], c: [0, 4, 12, 4], a: [0, 8, 6, 4] });
  assert.deepEqual(to('a', { x: 0, y: 0, w: 12, h: 2 }), { a: [0, 0, 12, 2], b: [6, 2, 6, 4], c: [0, 6, 12, 4] });
  // A size beyond the board is cut to it.
  assert.deepEqual(to('b', { x: 11, y: -3, w: 40, h: 0 })['b'], [0, 0, 12, 1]);
  assert.equal(placePanel(panels, 'unknown', { x: 0, y: 0, w: 1, h: 1 }), panels);
});

test('never overlaps panels, wherever they are moved', () => {
  let panels: readonly Panel[] = Array.from({ length: 12 }, (_, index) =>
    panel(`p${index}`, (index * 5) % 9, index, 1 + (index % 4), 1 + (index % 3)),
  );
  for (let step = 0; step < 200; step += 1) {
    panels = placePanel(panels, `p${step % 12}`, { x: (step * 7) % 12, y: (step * 3) % 20, w: 1 + (step % 6), h: 2 });
    const cells = panels.flatMap(({ place: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
    assert.ok(panels.every(({ place: { x, w } }) => x >= 0 && x + w <= 12));
  }
});

test('hides the panels below a collapsed row, up to the next one', () => {
  const panels = [row('r1', 0, true), panel('a', 0, 1, 6, 4), row('r2', 5, false), panel('b', 0, 6, 6, 4)];
  assert.deepEqual(placesOf(visiblePanels(panels)), { r1: [0, 0, 12, 1], r2: [0, 1, 12, 1], b: [0, 2, 6, 4] });
});

test('puts a new panel beside the last one if there is space', () => {
  assert.deepEqual(placeBelow([], 6, 7), { x: 0, y: 0, w: 6, h: 7 });
  assert.deepEqual(placeBelow([panel('a', 0, 0, 6, 7)], 6, 7), { x: 6, y: 0, w: 6, h: 7 });
  assert.deepEqual(placeBelow([panel('a', 0, 0, 8, 7)], 6, 7), { x: 0, y: 7, w: 6, h: 7 });
});
