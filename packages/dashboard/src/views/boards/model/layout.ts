import { COLUMNS, type Panel, type Place } from './board.ts';

/** Something with a place on a board. */
type Placed = Pick<Panel, 'id' | 'place'>;

const MIN_ROWS = 1;

/**
 * Moves all panels up as far as they can go, in the order of their rows and columns, so that there are no gaps and no
 * overlaps.
 */
export function compact<Item extends Placed>(panels: readonly Item[]): readonly Item[] {
  return settle(panels.toSorted(byPlace));
}

/** Moves or resizes a panel, and moves the others out of its way. */
export function placePanel<Item extends Placed>(panels: readonly Item[], id: string, wanted: Place): readonly Item[] {
  const place = within(wanted);
  const moved = panels.find((panel) => panel.id === id);
  if (moved === undefined) return panels;
  // The panel goes before those whose upper half it covers.
  const others = panels.filter((panel) => panel.id !== id).toSorted(byPlace);
  const before = others.filter((panel) => panel.place.y + panel.place.h / 2 <= place.y);
  const rest = others.filter((panel) => !before.includes(panel));
  const sameRow = rest.filter((panel) => panel.place.y < place.y && !overlaps(panel.place, place));
  const after = rest.filter((panel) => !sameRow.includes(panel));
  return settle([...before, ...sameRow, { ...moved, place }, ...after]);
}

/** Returns the place for a new panel below all others. */
export function placeBelow(panels: readonly Placed[], w: number, h: number): Place {
  const bottom = panels.reduce((max, { place }) => Math.max(max, place.y + place.h), 0);
  const last = panels.toSorted(byPlace).at(-1)?.place;
  // Beside the last one, if there is space and it is as high.
  if (last !== undefined && last.x + last.w + w <= COLUMNS && last.h === h && last.y + last.h === bottom) {
    return { x: last.x + last.w, y: last.y, w, h };
  }
  return { x: 0, y: bottom, w, h };
}

/** Returns the panels that are shown: not those below a collapsed row. */
export function visiblePanels<Item extends Panel>(panels: readonly Item[]): readonly Item[] {
  let hidden = false;
  const shown = panels.toSorted(byPlace).filter((panel) => {
    if (panel.kind === 'row') hidden = panel.collapsed;
    return panel.kind === 'row' || !hidden;
  });
  return settle(shown);
}

/** Returns the place with its size and position within the board. */
export function within({ x, y, w, h }: Place): Place {
  const width = Math.min(COLUMNS, Math.max(1, Math.round(w)));
  return {
    w: width,
    h: Math.min(100, Math.max(MIN_ROWS, Math.round(h))),
    x: Math.min(COLUMNS - width, Math.max(0, Math.round(x))),
    y: Math.max(0, Math.round(y)),
  };
}

/** Puts panels one after the other as far up as those before allow. */
function settle<Item extends Placed>(ordered: readonly Item[]): readonly Item[] {
  // The lowest occupied row of each column, below which the next panel starts.
  const heights = Array.from({ length: COLUMNS }, () => 0);
  return ordered.map((panel) => {
    const { x, w, h } = panel.place;
    const y = Math.max(...heights.slice(x, x + w));
    heights.fill(y + h, x, x + w);
    return y === panel.place.y ? panel : { ...panel, place: { x, y, w, h } };
  });
}

function byPlace(a: Placed, b: Placed): number {
  return a.place.y - b.place.y || a.place.x - b.place.x;
}

function overlaps(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
