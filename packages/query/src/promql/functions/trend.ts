import { PromqlExecutionError } from '../errors.ts';
import { formatDecimal } from '../format-number.ts';
import { increase } from '../kahan.ts';
import { ofFloats } from './over-time.ts';
import { floatTime, type RangeFunction, type Window } from './window.ts';

interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Fits a line to the samples by least squares. The intercept is its value at a time. */
function regression(values: Float64Array, window: Window, time: number): Line {
  const [first = 0] = values;
  if (values.every((value) => value === first)) {
    return Number.isFinite(first) ? { slope: 0, intercept: first } : { slope: Number.NaN, intercept: Number.NaN };
  }
  const sums = { x: [0, 0], y: [0, 0], xy: [0, 0], xx: [0, 0] } as Record<'x' | 'y' | 'xy' | 'xx', [number, number]>;
  for (const [index, y] of values.entries()) {
    const x = (floatTime(window, index) - time) / 1000;
    sums.x = increase(x, ...sums.x);
    sums.y = increase(y, ...sums.y);
    sums.xy = increase(x * y, ...sums.xy);
    sums.xx = increase(x * x, ...sums.xx);
  }
  const total = (name: keyof typeof sums): number => sums[name][0] + sums[name][1];
  const n = values.length;
  const covariance = total('xy') - (total('x') * total('y')) / n;
  const slope = covariance / (total('xx') - (total('x') * total('x')) / n);
  return { slope, intercept: total('y') / n - (slope * total('x')) / n };
}

// Times are relative to the first sample, because large times would lose precision.
export const deriv: RangeFunction = ofFloats(
  (values, window) => regression(values, window, floatTime(window, 0)).slope,
  2,
);

export const predictLinear: RangeFunction = ofFloats((values, window, [seconds = 0]) => {
  const { slope, intercept } = regression(values, window, window.time);
  return slope * seconds + intercept;
}, 2);

/** Smooths the values exponentially with a trend (Holt's linear method). */
const smooth = ofFloats((values, _, [smoothing = 0, trendFactor = 0]) => {
  let before = 0;
  let [level = 0, second = 0] = values;
  let trend = second - level;
  for (const [position, value] of values.subarray(1).entries()) {
    if (position > 0) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    [before, level] = [level, smoothing * value + (1 - smoothing) * (level + trend)];
    second = value;
  }
  return level;
}, 2);

export const doubleExponentialSmoothing: RangeFunction = (window, scalars) => {
  const [smoothing = 0, trend = 0] = scalars;
  checkFactor('smoothing', 'sf', smoothing);
  checkFactor('trend', 'tf', trend);
  return smooth(window, scalars);
};

function checkFactor(name: string, symbol: string, value: number): void {
  if (!(value <= 0 || value >= 1)) return;
  const text = Number.isFinite(value) ? value.toFixed(6) : formatDecimal(value);
  throw new PromqlExecutionError(`invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${text}`);
}
