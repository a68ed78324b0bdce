import { changes, resets } from './changes.ts';
import { instantChange } from './instant-rate.ts';
import {
  avgOverTime,
  countOverTime,
  extreme,
  firstOverTime,
  lastOverTime,
  madOverTime,
  presentOverTime,
  quantileOverTime,
  sumOverTime,
  timeOfFirst,
  timeOfLast,
  variance,
} from './over-time.ts';
import { changeOver } from './rate.ts';
import { deriv, doubleExponentialSmoothing, predictLinear } from './trend.ts';
import type { RangeFunction } from './window.ts';

/** The functions of range vectors, by name. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map(
  Object.entries({
    // The absence is derived from the presence of all series together.
    absent_over_time: presentOverTime,
    avg_over_time: avgOverTime,
    changes,
    count_over_time: countOverTime,
    delta: changeOver({ isCounter: false, isRate: false }),
    deriv,
    double_exponential_smoothing: doubleExponentialSmoothing,
    first_over_time: firstOverTime,
    idelta: instantChange(false),
    increase: changeOver({ isCounter: true, isRate: false }),
    irate: instantChange(true),
    last_over_time: lastOverTime,
    mad_over_time: madOverTime,
    max_over_time: extreme((value, best) => value > best, 'value'),
    min_over_time: extreme((value, best) => value < best, 'value'),
    predict_linear: predictLinear,
    present_over_time: presentOverTime,
    quantile_over_time: quantileOverTime,
    rate: changeOver({ isCounter: true, isRate: true }),
    resets,
    stddev_over_time: variance(Math.sqrt),
    stdvar_over_time: variance((value) => value),
    sum_over_time: sumOverTime,
    ts_of_first_over_time: timeOfFirst,
    ts_of_last_over_time: timeOfLast,
    ts_of_max_over_time: extreme((value, best) => value >= best, 'time'),
    ts_of_min_over_time: extreme((value, best) => value <= best, 'time'),
  }),
);

/** Functions whose result keeps the name of the metric. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);
/** Functions that can read anchored and smoothed ranges, which have samples beyond their ends. */
export const EXTENDED: Readonly<Record<'anchored' | 'smoothed', readonly string[]>> = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
};
