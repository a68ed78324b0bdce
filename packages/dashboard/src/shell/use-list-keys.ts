import { type RefObject, useEffect, useRef } from 'react';
import { t } from '../locale/t.ts';
import { isSelectedRow, SELECTED_ROW, useKeys } from './keys.ts';

/** The rows of a list in the document. */
export interface ListRows {
  readonly box: RefObject<HTMLElement | null>;
  /**
   * Selector of the element of each row that takes the focus. In a virtual list, it is in an element with the attribute
   * `data-index`.
   */
  readonly row: string;
}

/**
 * Binds J and K to move through a list and Enter to open the selected row. The focus follows the selection, and the list
 * is a single stop of Tab: the arrow keys move within it.
 */
export function useListKeys({
  enabled = true,
  what,
  count,
  index,
  onIndex,
  onOpen,
  openHint = t('open'),
  rows,
}: {
  readonly enabled?: boolean;
  readonly what: string;
  readonly count: number;
  readonly index: number;
  readonly onIndex: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly openHint?: string;
  /** Without it, the focus stays where it is. */
  readonly rows?: ListRows | undefined;
}): void {
  const move = useRovingFocus({ rows, index, count, onIndex, onOpen });
  const step = (by: 1 | -1): void => move(stepFrom(rows, index, by));
  const keys = [
    {
      press: 'j',
      does: t('next {what}', { what }),
      hint: what,
      shown: ['J', 'K'],
      run: () => step(1),
    },
    { press: 'k', does: t('previous {what}', { what }), run: () => step(-1) },
    {
      press: 'Enter',
      does: t('{verb} the {what}', { verb: openHint, what }),
      hint: openHint,
      run: () => index >= 0 && onOpen(index),
    },
  ];
  useKeys(t('View'), enabled ? keys : []);
}

/** Steps of the keys that move within a focused list. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** Returns a function that selects a row and focuses it once it is shown. */
function useRovingFocus({
  rows,
  index,
  count,
  onIndex,
  onOpen,
}: Pick<Parameters<typeof useListKeys>[0], 'rows' | 'index' | 'count' | 'onIndex' | 'onOpen'>): (to: number) => void {
  const wanted = useRef<number | undefined>(undefined);
  const move = (to: number): void => {
    if (count === 0) return;
    wanted.current = Math.min(count - 1, Math.max(0, to));
    onIndex(wanted.current);
    // Selecting the row that is selected renders nothing.
    if (wanted.current === index) focusWanted();
  };
  const focusWanted = (): void => {
    const found = rowsIn(rows).find((one) => one.index === wanted.current);
    if (found === undefined) return;
    wanted.current = undefined;
    found.element.focus({ preventScroll: true });
    found.element.scrollIntoView({ block: 'nearest' });
  };
  // After each rendering, because rows come and go.
  useEffect(() => {
    const shown = rowsIn(rows);
    const stop = shown.find((one) => one.index === index) ?? shown[0];
    for (const one of shown) {
      one.element.tabIndex = one === stop ? 0 : -1;
      one.element.toggleAttribute(SELECTED_ROW, one.index === index);
    }
    if (wanted.current === index) focusWanted();
    const list = rows?.box.current;
    const onKey = (event: KeyboardEvent): void => {
      const own = rowsIn(rows).find(({ element }) => element === event.target);
      if (own === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = STEPS[event.key];
      if (step !== undefined) move(own.index + step);
      else if (event.key === 'Enter') onOpen(own.index);
      else return;
      event.preventDefault();
    };
    // The space bar is a key of the page, and some browsers press a button when it is released.
    const onKeyUp = (event: KeyboardEvent): void => {
      if (event.key === ' ' && isSelectedRow(event.target)) event.preventDefault();
    };
    list?.addEventListener('keydown', onKey);
    list?.addEventListener('keyup', onKeyUp);
    return () => {
      list?.removeEventListener('keydown', onKey);
      list?.removeEventListener('keyup', onKeyUp);
    };
  });
  return move;
}

/**
 * Returns the index to select with a step. If the selected row is out of view, as in a list that follows new items, it is
 * the row in view that the step reaches first.
 */
function stepFrom(rows: ListRows | undefined, index: number, by: 1 | -1): number {
  const box = rows?.box.current?.getBoundingClientRect();
  if (box === undefined) return index + by;
  const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
  const visible = rowsIn(rows).filter(({ element }) => {
    const place = element.getBoundingClientRect();
    return place.top >= top && place.bottom <= bottom;
  });
  if (visible.length === 0 || visible.some((one) => one.index === index)) return index + by;
  const indexes = visible.map((one) => one.index);
  return by > 0 || index < 0 ? Math.min(...indexes) : Math.max(...indexes);
}

/** Returns the focusable elements of a list with the indexes of their rows. */
function rowsIn(rows: ListRows | undefined): readonly { readonly index: number; readonly element: HTMLElement }[] {
  if (rows === undefined) return [];
  return [...(rows.box.current?.querySelectorAll<HTMLElement>(rows.row) ?? [])].map((element, position) => {
    const place = element.closest<HTMLElement>('[data-index]')?.dataset['index'];
    return { index: place === undefined ? position : Number(place), element };
  });
}
