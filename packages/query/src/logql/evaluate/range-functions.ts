import { quantileOf } from '../../promql/functions/numbers.ts';
import type { RangeExpr } from '../parse/ast.ts';

/** The samples of a series in a window; times and its end are nanoseconds on the axis of the query. */
export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/** Computes the value of a window with at least one sample. */
export type RangeFunction = (samples: Samples) => number;

/** Returns the function of a range aggregation. */
export function rangeFunction({ operator, rangeNanos, unwrap, parameter }: RangeExpr): RangeFunction {
  const seconds = rangeNanos / 1e9;
  switch (operator) {
    case 'rate':
      return unwrap === undefined ? ({ from, to }) => (to - from) / seconds : (samples) => sum(samples) / seconds;
    case 'bytes_rate':
      return (samples) => sum(samples) / seconds;
    case 'count_over_time':
      return ({ from, to }) => to - from;
    case 'bytes_over_time':
    case 'sum_over_time':
      return sum;
    case 'avg_over_time':
      return mean;
    case 'max_over_time':
      return (samples) => extreme(samples, (a, b) => a > b);
    case 'min_over_time':
      return (samples) => extreme(samples, (a, b) => a < b);
    case 'stdvar_over_time':
      return variance;
    case 'stddev_over_time':
      return (samples) => Math.sqrt(variance(samples));
    case 'quantile_over_time':
      return ({ values, from, to }) => quantileOf(parameter ?? Number.NaN, values.slice(from, to));
    case 'first_over_time':
      return ({ values, from }) => values[from] ?? Number.NaN;
    case 'last_over_time':
      return ({ values, to }) => values[to - 1] ?? Number.NaN;
    case 'rate_counter':
      return (samples) => counterRate(samples, rangeNanos);
    default:
      return () => 1;
  }
}

function sum({ values, from, to }: Samples): number {
  let total = 0;
  for (let index = from; index < to; index++) total += values[index] ?? 0;
  return total;
}

function mean({ values, from, to }: Samples): number {
  let average = 0;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? 0;
    const count = index - from + 1;
    // Infinity minus infinity would be NaN.
    const isSettled = Math.abs(average) === Number.POSITIVE_INFINITY && !Number.isNaN(value);
    if (isSettled && (Number.isFinite(value) || value === average)) continue;
    average += value / count - average / count;
  }
  return average;
}

function extreme({ values, from, to }: Samples, isBetter: (a: number, b: number) => boolean): number {
  let best = values[from] ?? Number.NaN;
  for (let index = from + 1; index < to; index++) {
    const value = values[index] ?? 0;
    if (isBetter(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

function variance({ values, from, to }: Samples): number {
  let [average, squares] = [0, 0];
  for (let index = from; index < to; index++) {
    const value = values[index] ?? 0;
    const delta = value - average;
    average += delta / (index - from + 1);
    squares += delta * (value - average);
  }
  return squares / (to - from);
}

/** The rate of a counter, extrapolated to the ends of the window. */
function counterRate({ times, values, from, to, end }: Samples, rangeNanos: number): number {
  const count = to - from;
  if (count < 2) return 0;
  const [first, last] = [values[from] ?? 0, values[to - 1] ?? 0];
  let change = last - first;
  let before = 0;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? 0;
    if (value < before) change += before;
    before = value;
  }
  const [firstTime, lastTime] = [times[from] ?? 0, times[to - 1] ?? 0];
  const sampled = (lastTime - firstTime) / 1e9;
  const average = sampled / (count - 1);
  let toStart = (firstTime - (end - rangeNanos)) / 1e9;
  let toEnd = (end - lastTime) / 1e9;
  const threshold = average * 1.1;
  if (toStart >= threshold) toStart = average / 2;
  if (change > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / change));
  if (toEnd >= threshold) toEnd = average / 2;
  return (change * ((sampled + toStart + toEnd) / sampled)) / (rangeNanos / 1e9);
}
