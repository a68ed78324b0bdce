/** Round values of a linear axis from 0, and its top. */
export interface ValueScale {
  readonly top: number;
  readonly ticks: readonly number[];
}

/** A linear scale from 0 whose top is round and at least `max`, with about `count` intervals; `whole` for counts. */
export function valueScale(max: number, count = 2, whole = false): ValueScale {
  if (!(max > 0)) return { top: 1, ticks: [0, 1] };
  // What is counted comes in whole numbers.
  const step = whole ? Math.ceil(roundValue(Math.max(1, max / count))) : roundValue(max / count);
  const intervals = Math.max(1, Math.ceil(max / step - 1e-9));
  return { top: step * intervals, ticks: Array.from({ length: intervals + 1 }, (_, index) => clean(step * index)) };
}

/** A linear scale that may start below 0, for gauges. */
export function spanScale(
  min: number,
  max: number,
  count = 4,
): { readonly bottom: number; readonly top: number; readonly ticks: readonly number[] } {
  if (min >= 0) return { bottom: 0, ...valueScale(max, count) };
  const step = roundValue(Math.max(max, 0) - min === 0 ? 1 : (Math.max(max, 0) - min) / count);
  const bottom = Math.floor(min / step) * step;
  const top = Math.max(step, Math.ceil(max / step) * step);
  const ticks: number[] = [];
  for (let value = bottom; value <= top + step / 2; value += step) ticks.push(clean(value));
  return { bottom, top, ticks };
}

/** Powers of ten from the one at or below `min` to the one at or above `max`. */
export function logTicks(min: number, max: number): readonly number[] {
  const from = Math.floor(Math.log10(min) + 1e-9);
  const to = Math.ceil(Math.log10(max) - 1e-9);
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
}

/** 1, 2, 2.5, 4, 5, 8 or 10 times a power of ten, the smallest that is at least `value`. */
function roundValue(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 2.5, 4, 5, 8, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function clean(value: number): number {
  return Number(value.toPrecision(12));
}
