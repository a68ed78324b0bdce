/** A chart's drawing rectangle and time range. */
export interface Plot {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly startMillis: number;
  readonly endMillis: number;
}

/** Returns the x pixel of a time, or the left edge if the range is empty. */
export function xOf(plot: Plot, millis: number): number {
  const length = plot.endMillis - plot.startMillis;
  return length > 0 ? plot.x0 + ((millis - plot.startMillis) / length) * (plot.x1 - plot.x0) : plot.x0;
}

/** Returns the time at a pixel, clamped to the plot. */
export function millisAt(plot: Plot, x: number): number {
  const width = plot.x1 - plot.x0;
  const share = width > 0 ? Math.min(1, Math.max(0, (x - plot.x0) / width)) : 0;
  return Math.min(plot.endMillis, plot.startMillis + share * (plot.endMillis - plot.startMillis));
}
