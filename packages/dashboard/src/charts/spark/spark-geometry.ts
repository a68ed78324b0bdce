/** A small line in pixels, and its last point. */
export interface SparkPath {
  /** The `d` of an SVG path; empty without any value. */
  readonly path: string;
  readonly last: { readonly x: number; readonly y: number } | undefined;
}

/** Head room, so that a steady line lies in the middle and a peak stands out. */
const HEAD = 1.3;

/** The line of values in a box: zero is always in it, gaps stay gaps, and what is not a number is a gap. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, max?: number): SparkPath {
  const known = values.filter(isKnown);
  // Halves, so that the difference of the largest numbers there are is still a number.
  const bottom = known.reduce((min, value) => Math.min(min, value / 2), 0);
  const top = known.reduce((most, value) => Math.max(most, value / 2), 0);
  const range = (max === undefined || !(max > 0) ? Math.min(top * HEAD, Number.MAX_VALUE / 4) : max / 2) - bottom || 1;
  const x = (index: number): number => 1 + (index / Math.max(1, values.length - 1)) * (width - 5);
  const y = (value: number): number =>
    height - 2 - Math.min(1, Math.max(0, (value / 2 - bottom) / range)) * (height - 5);
  let path = '';
  let last: SparkPath['last'];
  let gap = true;
  values.forEach((value, index) => {
    if (!isKnown(value)) {
      gap = true;
      return;
    }
    path += `${gap ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    last = { x: x(index), y: y(value) };
    gap = false;
  });
  return { path, last };
}

/** Heights in pixels of small bars: what counts something is at least 1.5 high, anything else a line of 1. */
export function sparkHeights(values: readonly number[], height: number, max?: number): readonly number[] {
  const top = max ?? values.filter(Number.isFinite).reduce((most, value) => Math.max(most, value), 0);
  return values.map((value) => (value > 0 && top > 0 ? Math.max(1.5, (Math.min(value, top) / top) * height) : 1));
}

function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
