/** The geometry of a sparkline in pixels, and its last point. */
export interface SparkPath {
  /** The `d` attribute of an SVG path. Empty if there are no values. */
  readonly path: string;
  readonly last: { readonly x: number; readonly y: number } | undefined;
}

/** Headroom factor, so that a steady line is near the middle and a peak stands out. */
const HEAD = 1.3;

/** Returns the line for values in a box. Its range includes zero. Nulls and NaN are gaps. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, max?: number): SparkPath {
  const known = values.filter(isKnown);
  // Halved, so that the difference between the largest numbers is finite.
  const bottom = known.reduce((min, value) => Math.min(min, value / 2), 0);
  const top = known.reduce((peak, value) => Math.max(peak, value / 2), 0);
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

/** Returns the heights of small bars in pixels: at least 1.5 for nonzero values, otherwise 1. */
export function sparkHeights(values: readonly number[], height: number, max?: number): readonly number[] {
  const top = max ?? values.filter(Number.isFinite).reduce((peak, value) => Math.max(peak, value), 0);
  return values.map((value) => (value > 0 && top > 0 ? Math.max(1.5, (Math.min(value, top) / top) * height) : 1));
}

function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
