/** The rectangle that a chart paints in, and how time lies in it. */
export interface Plot {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly startMillis: number;
  readonly endMillis: number;
}

/** Left edge in pixels of a time. */
export function xOf(plot: Plot, millis: number): number {
  return plot.x0 + ((millis - plot.startMillis) / (plot.endMillis - plot.startMillis)) * (plot.x1 - plot.x0);
}

/** The time at a pixel, held inside the plot. */
export function millisAt(plot: Plot, x: number): number {
  const share = Math.min(1, Math.max(0, (x - plot.x0) / (plot.x1 - plot.x0)));
  return plot.startMillis + share * (plot.endMillis - plot.startMillis);
}
