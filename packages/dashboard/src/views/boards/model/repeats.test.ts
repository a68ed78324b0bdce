import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Panel, queryPanel } from './board.ts';
import { expandRepeats } from './repeats.ts';

const chart = (id: string, x: number, y: number, more: Partial<Panel> = {}): Panel =>
  ({
    ...queryPanel({ language: 'promql', queries: [] }),
    id,
    title: `${id} $pod`,
    place: { x, y, w: 6, h: 4 },
    ...more,
  }) as Panel;
const right = { variable: 'pod', direction: 'right', perRow: 4 } as const;
const row = (id: string, y: number, more: object = {}): Panel => ({
  ...{ kind: 'row', id, title: `[[zone]] ${id}`, collapsed: false, place: { x: 0, y, w: 12, h: 1 } },
  ...more,
});
const values = (variable: string): readonly string[] => (variable === 'pod' ? ['a', '$&', 'c', 'd', 'e'] : ['x', 'y']);
const shown = (panels: readonly Panel[], of = values) =>
  expandRepeats(panels, of).map(({ id, title, place: { x, y, w }, scope }) => [id, title, x, y, w, scope]);

test('repeats a panel beside or below itself, with the value in its title', () => {
  assert.deepEqual(shown([chart('p', 0, 0, { repeat: right })]), [
    ['p', 'p a', 0, 0, 3, { pod: 'a' }],
    ['p~1', 'p $&', 3, 0, 3, { pod: '$&' }],
    ['p~2', 'p c', 6, 0, 3, { pod: 'c' }],
    ['p~3', 'p d', 9, 0, 3, { pod: 'd' }],
    ['p~4', 'p e', 0, 4, 3, { pod: 'e' }],
  ]);
  const down = shown([chart('p', 6, 0, { repeat: { ...right, direction: 'down' } })]);
  assert.deepEqual(
    down.map(([, , x, y, w]) => [x, y, w]),
    [0, 4, 8, 12, 16].map((y) => [6, y, 6]),
  );
});

test('repeats a row with its panels, and moves what follows', () => {
  const panels = [
    row('r', 0, { repeat: { variable: 'zone', direction: 'down', perRow: 1 } }),
    chart('p', 0, 1),
    row('s', 5),
    chart('q', 0, 6),
  ];
  assert.deepEqual(
    shown(panels).map(([id, title, , y, , scope]) => [id, title, y, scope]),
    [
      ['r', 'x r', 0, { zone: 'x' }],
      ['p', 'p $pod', 1, { zone: 'x' }],
      ['r~1', 'y r', 5, { zone: 'y' }],
      ['p~1', 'p $pod', 6, { zone: 'y' }],
      ['s', '[[zone]] s', 10, undefined],
      ['q', 'q $pod', 11, undefined],
    ],
  );
});

test('shows a panel once if its variable has no values, and at most 40 times', () => {
  const panels = [chart('p', 0, 0, { repeat: right })];
  assert.equal(shown(panels, () => []).length, 1);
  assert.equal(shown(panels, () => Array.from({ length: 900 }, (_, index) => `${index}`)).length, 40);
  assert.equal(expandRepeats([chart('q', 0, 0)], values).length, 1);
});
