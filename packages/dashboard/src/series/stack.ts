import { type Plot, xOf } from '../charts/plot.ts';
import { colorOf } from '../charts/theme-colors.ts';
import type { SeriesLine } from './series.ts';

/** How lines are drawn: beside each other, or on top of each other as areas or bars. */
export type LineShape = 'lines' | 'stacked' | 'bars';

/** The lower and upper end of a line's area at each step. `undefined` is a gap. */
export type Band = readonly (readonly [low: number, high: number] | undefined)[];

/** Stacks lines on top of each other. Negative values are stacked downwards from 0. */
export function stackBands(lines: readonly Pick<SeriesLine, 'held'>[]): readonly Band[] {
  const above: number[] = [];
  const below: number[] = [];
  return lines.map(({ held }) =>
    held.map((value, step) => {
      if (value === null || !Number.isFinite(value)) return undefined;
      const ends = value < 0 ? below : above;
      const from = ends[step] ?? 0;
      ends[step] = from + value;
      return value < 0 ? ([from + value, from] as const) : ([from, from + value] as const);
    }),
  );
}

/** Returns one line with the sum of others. */
export function sumOfLines(lines: readonly SeriesLine[]): readonly SeriesLine[] {
  const [first] = lines;
  if (first === undefined) return [];
  const values = first.values.map((_, step) => {
    const known = lines.flatMap(({ held }) => held[step] ?? []);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });
  return [{ ...first, key: 'sum', values, drawn: values, held: values }];
}

/** Returns the lowest and highest end of all bands, and 0. */
export function extentOf(bands: readonly Band[]): { readonly min: number; readonly max: number } {
  let [min, max] = [0, 0];
  for (const band of bands) {
    for (const ends of band) {
      if (ends === undefined) continue;
      min = Math.min(min, ends[0]);
      max = Math.max(max, ends[1]);
    }
  }
  return { min, max };
}

/** What areas and bars are painted of. */
export interface StackDrawing {
  readonly bands: readonly Band[];
  readonly tokens: readonly string[];
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  /** Index of the band to emphasize. */
  readonly focused: number | undefined;
}

/** Paints the areas of stacked lines, with an edge on top of each. */
export function paintAreas(
  context: CanvasRenderingContext2D,
  plot: Plot,
  { bands, tokens, timesMillis, focused }: StackDrawing,
  yOf: (value: number) => number,
): void {
  const draw = (points: readonly (readonly [number, number])[], finish: 'fill' | 'stroke', alpha: number): void => {
    context.globalAlpha = alpha;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context[finish]();
  };
  clipped(context, plot, () => {
    bands.forEach((band, at) => {
      const isFaint = focused !== undefined && focused !== at;
      context.fillStyle = colorOf(tokens[at] ?? '');
      context.strokeStyle = context.fillStyle;
      for (const [from, to] of partsOf(band)) {
        const steps = Array.from({ length: to - from + 1 }, (_, index) => from + index);
        const edge = (end: 0 | 1) =>
          steps.map((step) => [xOf(plot, timesMillis[step] ?? 0), yOf(band[step]?.[end] ?? 0)] as const);
        draw([...edge(1), ...edge(0).reverse()], 'fill', isFaint ? 0.15 : 0.55);
        draw(edge(1), 'stroke', isFaint ? 0.3 : 1);
      }
    });
  });
}

/** Paints stacked bars, one for each step. */
export function paintBars(
  context: CanvasRenderingContext2D,
  plot: Plot,
  { bands, tokens, timesMillis, stepMillis, focused }: StackDrawing,
  yOf: (value: number) => number,
): void {
  clipped(context, plot, () => {
    bands.forEach((band, at) => {
      context.fillStyle = colorOf(tokens[at] ?? '');
      context.globalAlpha = focused === undefined || focused === at ? 0.85 : 0.25;
      band.forEach((ends, step) => {
        if (ends === undefined || ends[0] === ends[1]) return;
        const x = xOf(plot, timesMillis[step] ?? 0);
        const space = xOf(plot, (timesMillis[step] ?? 0) + stepMillis) - x;
        // Narrow bars would be fainter than their gaps.
        const width = Math.max(0.75, space > 4 ? space - 1 : space + 0.25);
        const [top, bottom] = [yOf(ends[1]), yOf(ends[0])];
        context.fillRect(x, top, width, Math.max(0.75, bottom - top));
      });
    });
  });
}

function clipped(context: CanvasRenderingContext2D, plot: Plot, paint: () => void): void {
  context.save();
  context.beginPath();
  context.rect(plot.x0, plot.y0 - 1, plot.x1 - plot.x0, plot.y1 - plot.y0 + 1);
  context.clip();
  paint();
  context.restore();
}

/** Returns the first and last step of each part of a band without gaps. */
function partsOf(band: Band): readonly (readonly [number, number])[] {
  const parts: [number, number][] = [];
  band.forEach((ends, step) => {
    if (ends === undefined) return;
    const last = parts.at(-1);
    if (last !== undefined && last[1] === step - 1) last[1] = step;
    else parts.push([step, step]);
  });
  return parts;
}
