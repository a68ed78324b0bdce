import { type Plot, xOf } from './plot.ts';
import { colourOf } from './theme-colours.ts';

/** Counts in cells: columns in time, rows on a logarithmic scale. */
export interface HeatCells {
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  /** Lower bound of each row. */
  readonly bounds: readonly number[];
  /** `counts[column][row]`. */
  readonly counts: readonly (readonly number[])[];
}

const SHADES = 9;

/** The decades that hold all counted rows, and at least two. */
export function heatDecades({ bounds, counts }: HeatCells): { readonly min: number; readonly max: number } {
  const used = bounds.flatMap((_, row) => (counts.some((column) => (column[row] ?? 0) > 0) ? [row] : []));
  const low = bounds[used[0] ?? 0] ?? 1;
  const high = upperBound(bounds, used.at(-1) ?? bounds.length - 1);
  const from = Math.floor(Math.log10(low) + 1e-6);
  const to = Math.max(from + 2, Math.ceil(Math.log10(high) - 1e-6));
  return { min: 10 ** from, max: 10 ** to };
}

/** Upper bound of a row: the next row's lower one, and for the last as far again. */
export function upperBound(bounds: readonly number[], row: number): number {
  const own = bounds[row] ?? 1;
  return bounds[row + 1] ?? (own * own) / (bounds[row - 1] ?? own / 2);
}

/** Shade of a count in logarithmic steps: 0 for one item, 8 for the most. */
export function shadeOf(count: number, most: number): number {
  if (most <= 1) return SHADES - 1;
  return Math.min(SHADES - 1, Math.max(0, Math.round((Math.log(count) / Math.log(most)) * (SHADES - 1))));
}

/** Paints the cells; those that count nothing stay unpainted. `yOf` places a value. */
export function paintHeat(
  context: CanvasRenderingContext2D,
  plot: Plot,
  cells: HeatCells,
  yOf: (value: number) => number,
): void {
  const most = cells.counts.reduce((top, column) => Math.max(top, ...column), 0);
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
      context.fillStyle = colourOf(`--heat-${shadeOf(count, most)}`);
      context.fillRect(x, edge[0], width, edge[1] - edge[0]);
    });
  });
}
