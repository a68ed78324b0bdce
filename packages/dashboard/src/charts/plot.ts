/** The rectangle that a chart paints in, and how time lies in it. */
export interface Plot {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly startMillis: number;
  readonly endMillis: number;
}

/** Left edge in pixels of a time; in a plot of no time everything lies at the left. */
export function xOf(plot: Plot, millis: number): number {
  const length = plot.endMillis - plot.startMillis;
  return length > 0 ? plot.x0 + ((millis - plot.startMillis) / length) * (plot.x1 - plot.x0) : plot.x0;
}

/** The time at a pixel, held inside the plot. */
export function millisAt(plot: Plot, x: number): number {
  const width = plot.x1 - plot.x0;
  const share = width > 0 ? Math.min(1, Math.max(0, (x - plot.x0) / width)) : 0;
  return Math.min(plot.endMillis, plot.startMillis + share * (plot.endMillis - plot.startMillis));
}
