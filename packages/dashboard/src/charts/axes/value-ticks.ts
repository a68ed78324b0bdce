/** The round ticks of a linear axis that starts at 0, and the axis's upper end. */
export interface ValueScale {
  readonly top: number;
  readonly ticks: readonly number[];
}

/** Maximum drawable value. Sums and differences of two drawable values are finite. */
const LARGEST = 1e307;
/** Minimum size of a range, below which round steps cannot be distinguished. */
const SMALLEST = 1e-300;

/**
 * Returns a linear scale from 0 to a round value of at least `max`, with about `count` intervals. For counts, set
 * `whole`.
 */
export function valueScale(max: number, count = 2, whole = false): ValueScale {
  const highest = drawable(max);
  if (highest < SMALLEST) return { top: 1, ticks: [0, 1] };
  // Counts have whole ticks.
  const step = whole ? Math.ceil(roundValue(Math.max(1, highest / count))) : roundValue(highest / count);
  const intervals = Math.max(1, Math.ceil(highest / step - 1e-9));
  return { top: step * intervals, ticks: Array.from({ length: intervals + 1 }, (_, index) => clean(step * index)) };
}

/** Returns a linear scale that may start below 0, for gauges. */
export function spanScale(
  min: number,
  max: number,
  count = 4,
): { readonly bottom: number; readonly top: number; readonly ticks: readonly number[] } {
  const lowest = drawable(min);
  const highest = Math.max(0, drawable(max));
  if (lowest > -SMALLEST) return { bottom: 0, ...valueScale(highest, count) };
  const step = roundValue((highest - lowest) / count);
  const below = Math.floor(lowest / step);
  const above = Math.max(1, Math.ceil(highest / step));
  return {
    bottom: below * step,
    top: above * step,
    ticks: Array.from({ length: above - below + 1 }, (_, index) => clean((below + index) * step)),
  };
}

/** Returns the y pixel of a value, clamped to the ends. NaN is at the bottom. */
export function yBetween(value: number, bottom: number, top: number, y0: number, y1: number): number {
  const held = Math.min(top, Math.max(bottom, Number.isNaN(value) ? bottom : value));
  return y1 - ((held - bottom) / (top - bottom)) * (y1 - y0);
}

/** Returns the powers of ten that enclose `min` to `max`, thinned out to at most `maxTicks`. */
export function logTicks(min: number, max: number, maxTicks = 7): readonly number[] {
  const lowest = Math.max(SMALLEST, drawable(min));
  const from = Math.floor(Math.log10(lowest) + 1e-9);
  const to = Math.max(from, Math.ceil(Math.log10(Math.max(lowest, drawable(max))) - 1e-9));
  const step = Math.ceil((to - from + 1) / maxTicks);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => 10 ** (from + index * step));
}

/** Returns the smallest number not below `value` that is 1, 2, 2.5, 4, 5, 8 or 10 times a power of ten. */
function roundValue(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 2.5, 4, 5, 8, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Clamps a value to the drawable range; NaN becomes 0. */
export function drawable(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(LARGEST, Math.max(-LARGEST, value));
}

/** Removes floating-point noise and negative zero. */
function clean(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
