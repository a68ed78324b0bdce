import { colorOf } from '../theme-colors.ts';
import { type FlameLayout, firstAfter } from './flame-layout.ts';
import type { FlameRange, FlameSource } from './flame-source.ts';

export const FLAME_ROW = 20;

/** What is drawn of a flame graph. */
export interface FlameView {
  readonly range: FlameRange;
  readonly width: number;
  readonly height: number;
  /** Distance from the first row to the top of the canvas, in pixels. */
  readonly scrollTop: number;
  /** Boxes to emphasize among the others, if a search is active. */
  readonly found: ReadonlySet<number> | undefined;
}

/** Paints the visible part of a flame graph. Its cost depends on the pixels, not on the number of boxes. */
export function paintFlame(
  context: CanvasRenderingContext2D,
  source: FlameSource,
  layout: FlameLayout,
  view: FlameView,
): void {
  const { height, scrollTop } = view;
  const first = Math.floor(scrollTop / FLAME_ROW);
  const last = Math.min(layout.boxes.length - 1, Math.floor((scrollTop + height) / FLAME_ROW));
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = 'middle';
  for (let row = first; row <= last; row += 1) paintRow(context, source, layout, view, row);
}

function paintRow(
  context: CanvasRenderingContext2D,
  source: FlameSource,
  layout: FlameLayout,
  { range, width, scrollTop, found }: FlameView,
  row: number,
): void {
  const list = layout.boxes[row];
  if (list === undefined) return;
  const top = row * FLAME_ROW - scrollTop;
  const perPixel = (range.to - range.from) / width;
  // The box before the first that starts within the range may reach into it.
  let at = Math.max(0, firstAfter(source, list, range.from) - 1);
  while (at < list.length) {
    const index = list[at] ?? 0;
    const start = source.start(index);
    if (start > range.to) return;
    const x = Math.max(0, (start - range.from) / perPixel);
    const right = Math.min(width, (start + source.lasts(index) - range.from) / perPixel);
    if (right >= 0) {
      // Keeps a gap of a pixel between neighbors.
      const box = { x, top, width: Math.max(1, right - x - (right - x > 3 ? 1 : 0)) };
      paintBox(context, source, index, box, found === undefined || found.has(index), found !== undefined);
    }
    // Boxes that would end within the same pixel are skipped, unless one of them was found.
    at = right - x >= 1 ? at + 1 : nextVisible(source, list, at, range.from + (Math.floor(x) + 1) * perPixel, found);
  }
}

function nextVisible(
  source: FlameSource,
  list: Int32Array,
  at: number,
  time: number,
  found: ReadonlySet<number> | undefined,
): number {
  const next = Math.max(at + 1, firstAfter(source, list, time - 1, at + 1));
  // The box before may be longer than a pixel.
  const before = Math.max(at + 1, next - 1);
  if (found === undefined || found.size === 0) return before;
  for (let one = at + 1; one < before; one += 1) if (found.has(list[one] ?? -1)) return one;
  return before;
}

interface Box {
  readonly x: number;
  readonly top: number;
  readonly width: number;
}

const MIN_TEXT_PIXELS = 28;
const TEXT_PADDING = 5;

function paintBox(
  context: CanvasRenderingContext2D,
  source: FlameSource,
  index: number,
  { x, top, width }: Box,
  isBright: boolean,
  isSearching: boolean,
): void {
  context.globalAlpha = isBright ? 1 : 0.22;
  context.fillStyle = colorOf(source.token(index));
  context.fillRect(x, top + 1, width, FLAME_ROW - 2);
  if (source.isError(index)) {
    context.fillStyle = colorOf('--error-fill');
    context.fillRect(x, top + FLAME_ROW - 4, width, 3);
  }
  if (isBright && isSearching) {
    context.fillStyle = colorOf('--accent');
    context.fillRect(x, top + FLAME_ROW - 2, Math.max(2, width), 2);
  }
  if (width >= MIN_TEXT_PIXELS) {
    context.fillStyle = colorOf('--surface-base');
    const text = shortened(context, source.label(index), width - 2 * TEXT_PADDING);
    context.fillText(text, x + TEXT_PADDING, top + FLAME_ROW / 2);
  }
  context.globalAlpha = 1;
}

/** Returns the beginning of a text that fits into a width. */
function shortened(context: CanvasRenderingContext2D, text: string, width: number): string {
  const perCharacter = 6;
  const likely = text.slice(0, Math.ceil(width / 3));
  if (likely === text && context.measureText(text).width <= width) return text;
  let length = Math.min(likely.length, Math.max(1, Math.floor(width / perCharacter)));
  while (length > 1 && context.measureText(`${likely.slice(0, length)}…`).width > width) length -= 1;
  return length < 2 ? '' : `${likely.slice(0, length)}…`;
}
