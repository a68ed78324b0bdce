import { type Plot, xOf } from './plot.ts';
import { colorOf } from './theme-colors.ts';

/** Counts per cell, with columns by time and rows on a logarithmic scale. */
export interface HeatCells {
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  /** Lower bound of each row. The first one may be 0. */
  readonly bounds: readonly number[];
  /** Counts, indexed as `counts[column][row]`. */
  readonly counts: readonly (readonly number[])[];
}

/** The ends of a logarithmic scale. */
export interface LogSpan {
  readonly min: number;
  readonly max: number;
}

const SHADES = 9;
/** The shortest drawable duration. Zero durations are drawn here, because a logarithmic scale has no zero. */
const MIN = 1;
const MAX = 1e300;

/** Reports whether any cell is nonzero. */
export function hasCounts({ counts }: Pick<HeatCells, 'counts'>): boolean {
  return counts.some((column) => column.some((count) => count > 0));
}

/**
 * Returns the decades, at least two, that contain all nonzero rows. If there are none, returns the decades of all rows.
 */
export function heatDecades({ bounds, counts }: HeatCells): LogSpan {
  const used = bounds.flatMap((_, row) => (counts.some((column) => (column[row] ?? 0) > 0) ? [row] : []));
  const low = onScale(bounds[used[0] ?? 0] ?? MIN);
  const high = onScale(upperBound(bounds, used.at(-1) ?? bounds.length - 1));
  const from = Math.floor(Math.log10(low) + 1e-6);
  const to = Math.max(from + 2, Math.ceil(Math.log10(high) - 1e-6));
  return { min: 10 ** from, max: 10 ** to };
}

/**
 * Returns the y pixel of a value on a logarithmic scale from `y1` (lower end) to `y0` (upper end), clamped to the ends.
 */
export function logY(value: number, { min, max }: LogSpan, y0: number, y1: number): number {
  const held = Math.min(max, Math.max(min, Number.isNaN(value) ? min : value));
  return y1 - ((Math.log10(held) - Math.log10(min)) / (Math.log10(max) - Math.log10(min))) * (y1 - y0);
}

/** Returns a row's upper bound, which is the next row's lower bound. The last row is as wide as the previous one. */
export function upperBound(bounds: readonly number[], row: number): number {
  const next = bounds[row + 1];
  if (next !== undefined) return next;
  const own = onScale(bounds[row] ?? MIN);
  const before = bounds[row - 1] ?? own / 2;
  return Math.min(MAX, own * (before > 0 ? own / before : 2));
}

/** Returns the shade for a count, in logarithmic steps from 0 for one item to 8 for the maximum. */
export function shadeOf(count: number, max: number): number {
  if (!(max > 1)) return SHADES - 1;
  if (!(count > 1)) return 0;
  return Math.min(
    SHADES - 1,
    Math.round((Math.log(Math.min(count, MAX)) / Math.log(Math.min(max, MAX))) * (SHADES - 1)),
  );
}

/** Paints the nonzero cells. `yOf` maps a value to a pixel. */
export function paintHeat(
  context: CanvasRenderingContext2D,
  plot: Plot,
  cells: HeatCells,
  yOf: (value: number) => number,
): void {
  const max = cells.counts.reduce((top, column) => Math.max(top, ...column), 0);
  const edges = cells.bounds.map(
    (bound, row) => [Math.round(yOf(upperBound(cells.bounds, row))), Math.round(yOf(bound))] as const,
  );
  cells.counts.forEach((column, index) => {
    const from = cells.timesMillis[index] ?? 0;
    const x = Math.round(Math.max(plot.x0, xOf(plot, from)));
    const width = Math.round(Math.min(plot.x1, xOf(plot, from + cells.stepMillis))) - x;
    column.forEach((count, row) => {
      const edge = edges[row];
      if (count <= 0 || edge === undefined || width <= 0) return;
      context.fillStyle = colorOf(`--heat-${shadeOf(count, max)}`);
      context.fillRect(x, edge[0], width, edge[1] - edge[0]);
    });
  });
}

function onScale(value: number): number {
  return value > MIN ? Math.min(value, MAX) : MIN;
}
