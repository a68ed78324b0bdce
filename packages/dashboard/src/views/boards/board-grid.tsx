import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useChangeSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { useKeys } from '../../shell/keys.ts';
import { GridPanel } from './grid-panel.tsx';
import type { Board, Panel, Place } from './model/board.ts';
import { placePanel, visiblePanels } from './model/layout.ts';
import { expandRepeats, type ShownPanel } from './model/repeats.ts';
import { useBoardContext } from './panels/board-context.ts';
import { Scoped } from './panels/scoped.tsx';
import { repeatValues } from './variables/chosen.ts';

/** The panels of a board on twelve columns. While editing, they are moved and resized by dragging and by keys. */
export function BoardGrid({
  board,
  editing,
  onChange,
  onEdit,
}: {
  readonly board: Board;
  readonly editing: boolean;
  readonly onChange: (board: Board) => void;
  readonly onEdit: (panel: Panel) => void;
}): ReactNode {
  const change = useChangeSearch();
  const grid = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState<string | undefined>(undefined);
  // Where a panel would be if it were dropped now.
  const [dragged, setDragged] = useState<{ readonly id: string; readonly place: Place } | undefined>(undefined);
  // Rows that were opened or closed to read, which is not a change of the board.
  const [folded, setFolded] = useState<ReadonlyMap<string, boolean>>(new Map());
  const moved = dragged === undefined ? board.panels : placePanel(board.panels, dragged.id, dragged.place);
  const { variables } = useBoardContext();
  // While editing, a repeated panel is the one that is edited.
  const panels: readonly ShownPanel[] = editing
    ? moved
    : expandRepeats(moved, repeatValues(variables)).map((panel) => withFold(panel, folded.get(panel.id)));
  const shown = visiblePanels(panels);
  const current = shown.find(({ id }) => id === selected);
  const place = (id: string, to: Place): void => onChange({ ...board, panels: placePanel(board.panels, id, to) });
  const select = (step: 1 | -1): void => {
    const at = shown.findIndex(({ id }) => id === selected);
    const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + step))];
    if (next !== undefined) grid.current?.querySelector<HTMLElement>(`[data-panel="${CSS.escape(next.id)}"]`)?.focus();
  };
  const shift = (x: number, y: number) => (event: KeyboardEvent) => {
    if (current === undefined) return;
    const { place: from } = current;
    if (event.shiftKey) place(current.id, { ...from, w: from.w + x, h: from.h + y });
    else place(current.id, { ...from, x: from.x + x, y: from.y + y * stepOf(shown, current, y) });
  };
  const remove = (id: string): void => onChange({ ...board, panels: board.panels.filter((panel) => panel.id !== id) });
  useKeys(t('Panels'), [
    { press: 'j', does: t('next panel'), hint: t('panel'), shown: ['J', 'K'], run: () => select(1) },
    { press: 'k', does: t('previous panel'), run: () => select(-1) },
    {
      press: 'f',
      does: t('fill the view with the panel'),
      run: () => current !== undefined && current.kind !== 'row' && change({ panel: current.id }),
    },
  ]);
  useKeys(
    t('Editing'),
    editing
      ? [
          { press: 'ArrowLeft', does: t('move left, with Shift narrower'), run: shift(-1, 0) },
          {
            press: 'ArrowRight',
            does: t('move right, with Shift wider'),
            hint: t('move'),
            shown: ['←', '→'],
            run: shift(1, 0),
          },
          { press: 'ArrowUp', does: t('move up, with Shift lower'), run: shift(0, -1) },
          {
            press: 'ArrowDown',
            does: t('move down, with Shift higher'),
            hint: t('resize'),
            shown: ['Shift', '→'],
            run: shift(0, 1),
          },
          { press: 'Delete', does: t('remove the panel'), run: () => current !== undefined && remove(current.id) },
          { press: 'Enter', does: t('edit the panel'), run: () => current !== undefined && onEdit(current) },
        ]
      : [],
  );
  // A moved panel keeps the focus.
  useEffect(() => {
    if (selected === undefined || document.activeElement !== document.body) return;
    grid.current?.querySelector<HTMLElement>(`[data-panel="${CSS.escape(selected)}"]`)?.focus();
  });
  return (
    <div className="scroll bo-scroll">
      <div ref={grid} className={`bo-grid ${editing ? 'editing' : ''}`}>
        {shown.map((panel) => (
          <Scoped key={panel.id} scope={panel.scope}>
            <GridPanel
              panel={panel}
              editing={editing}
              isDragged={panel.id === dragged?.id}
              onSelect={() => setSelected(panel.id)}
              onEdit={() => onEdit(board.panels.find(({ id }) => id === panel.id) ?? panel)}
              onRemove={() => remove(panel.id)}
              onFull={() => change({ panel: panel.id })}
              onCollapse={() => {
                const collapsed = panel.kind === 'row' && !panel.collapsed;
                if (!editing) setFolded(new Map(folded).set(panel.id, collapsed));
                else {
                  onChange({
                    ...board,
                    panels: board.panels.map((one) => withFold(one, one.id === panel.id ? collapsed : undefined)),
                  });
                }
              }}
              onDrag={(to) => setDragged({ id: panel.id, place: to })}
              onDrop={(to) => {
                setDragged(undefined);
                if (to !== undefined) place(panel.id, to);
              }}
            />
          </Scoped>
        ))}
      </div>
    </div>
  );
}

function withFold<Item extends Panel>(panel: Item, collapsed: boolean | undefined): Item {
  return panel.kind === 'row' && collapsed !== undefined ? { ...panel, collapsed } : panel;
}

/** Returns the number of rows to the place beyond the panel above or below. */
function stepOf(panels: readonly Panel[], { id, place }: Panel, direction: number): number {
  if (direction === 0) return 0;
  const neighbors = panels.filter(
    (other) => other.id !== id && other.place.x < place.x + place.w && place.x < other.place.x + other.place.w,
  );
  if (direction < 0) {
    const above = neighbors.filter((other) => other.place.y + other.place.h <= place.y);
    const nearest = above.reduce((max, other) => Math.max(max, other.place.y), 0);
    return Math.max(1, place.y - nearest);
  }
  const below = neighbors.filter((other) => other.place.y >= place.y + place.h);
  const nearest = below.toSorted((a, b) => a.place.y - b.place.y)[0];
  return nearest === undefined ? 0 : Math.ceil(nearest.place.y + nearest.place.h / 2 - place.y);
}
