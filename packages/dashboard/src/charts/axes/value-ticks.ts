/** Round values of a linear axis from 0, and its top. */
export interface ValueScale {
  readonly top: number;
  readonly ticks: readonly number[];
}

/** Values beyond this are drawn at the end of the axis: sums and differences of two such values are still finite. */
const LARGEST = 1e307;
/** A smaller range has no round steps that a number could tell apart. */
const SMALLEST = 1e-300;

/** A linear scale from 0 whose top is round and at least `max`, with about `count` intervals; `whole` for counts. */
export function valueScale(max: number, count = 2, whole = false): ValueScale {
  const most = drawable(max);
  if (most < SMALLEST) return { top: 1, ticks: [0, 1] };
  // What is counted comes in whole numbers.
  const step = whole ? Math.ceil(roundValue(Math.max(1, most / count))) : roundValue(most / count);
  const intervals = Math.max(1, Math.ceil(most / step - 1e-9));
  return { top: step * intervals, ticks: Array.from({ length: intervals + 1 }, (_, index) => clean(step * index)) };
}

/** A linear scale that may start below 0, for gauges. */
export function spanScale(
  min: number,
  max: number,
  count = 4,
): { readonly bottom: number; readonly top: number; readonly ticks: readonly number[] } {
  const least = drawable(min);
  const most = Math.max(0, drawable(max));
  if (least > -SMALLEST) return { bottom: 0, ...valueScale(most, count) };
  const step = roundValue((most - least) / count);
  const below = Math.floor(least / step);
  const above = Math.max(1, Math.ceil(most / step));
  return {
    bottom: below * step,
    top: above * step,
    ticks: Array.from({ length: above - below + 1 }, (_, index) => clean((below + index) * step)),
  };
}

/** Pixel of a value between the feet of two values, at most at the ends; what is not a number lies at the bottom. */
export function yBetween(value: number, bottom: number, top: number, y0: number, y1: number): number {
  const held = Math.min(top, Math.max(bottom, Number.isNaN(value) ? bottom : value));
  return y1 - ((held - bottom) / (top - bottom)) * (y1 - y0);
}

/** Powers of ten from the one at or below `min` to the one at or above `max`; of many only every second, third, …. */
export function logTicks(min: number, max: number, most = 7): readonly number[] {
  const least = Math.max(SMALLEST, drawable(min));
  const from = Math.floor(Math.log10(least) + 1e-9);
  const to = Math.max(from, Math.ceil(Math.log10(Math.max(least, drawable(max))) - 1e-9));
  const step = Math.ceil((to - from + 1) / most);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => 10 ** (from + index * step));
}

/** 1, 2, 2.5, 4, 5, 8 or 10 times a power of ten, the smallest that is at least `value`. */
function roundValue(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 2.5, 4, 5, 8, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A value that can be added to and taken from any other; what is not a number is 0. */
export function drawable(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(LARGEST, Math.max(-LARGEST, value));
}

/** Without the last digits, which are noise, and without the sign of zero. */
function clean(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
