import { paintLine } from './paint-line.ts';
import { type Plot, xOf } from './plot.ts';
import { colorOf } from './theme-colors.ts';

/** The values of an earlier period, drawn over the present one. */
export interface EarlierValues {
  /** Start of each step, in milliseconds since the Unix epoch. */
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  readonly values: readonly (number | null)[];
  /** How far back the period is. */
  readonly shiftMillis: number;
}

const DOTS = [1.5, 3];

/** Paints the values of an earlier period as a dotted gray line. `y` returns the position of a value. */
export function paintEarlier(
  context: CanvasRenderingContext2D,
  plot: Plot,
  { timesMillis, stepMillis, values, shiftMillis }: EarlierValues,
  y: (value: number) => number,
): void {
  context.save();
  context.strokeStyle = colorOf('--text-2');
  context.lineWidth = 1.25;
  context.setLineDash(DOTS);
  context.lineJoin = 'round';
  paintLine(
    context,
    values.map((value, index) =>
      value === null ? undefined : [xOf(plot, (timesMillis[index] ?? 0) + shiftMillis + stepMillis / 2), y(value)],
    ),
  );
  context.restore();
}
