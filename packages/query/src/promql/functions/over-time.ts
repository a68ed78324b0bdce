import { TEXTS } from '../annotations.ts';
import { increase } from '../kahan.ts';
import { averageHistograms, sumHistograms } from './histogram-sums.ts';
import { mean, quantileOf, sum } from './numbers.ts';
import {
  floatAt,
  floatCount,
  floatTime,
  histogramCount,
  histogramsIn,
  histogramTime,
  type RangeFunction,
  type Window,
} from './window.ts';

/** Creates a function of the float samples alone. Histograms beside them are ignored with an info. */
export function ofFloats(
  f: (values: Float64Array, window: Window, scalars: readonly number[]) => number | undefined,
  minimum = 1,
): RangeFunction {
  return (window, scalars) => {
    const count = floatCount(window);
    if (count > 0 && histogramCount(window) > 0) {
      window.annotations.info(TEXTS.ignoredInRange(window.name), window.span);
    }
    if (count < minimum) return undefined;
    return f(window.floats.values.subarray(window.floatFrom, window.floatTo), window, scalars);
  };
}

/** Creates a function of either floats or histograms. A mix of both has no result. */
function ofOneKind(ofNumbers: (values: Float64Array) => number, ofHistograms: RangeFunction): RangeFunction {
  return (window, scalars) => {
    if (histogramCount(window) === 0) {
      return ofNumbers(window.floats.values.subarray(window.floatFrom, window.floatTo));
    }
    if (floatCount(window) === 0) return ofHistograms(window, scalars);
    window.annotations.warn(TEXTS.mixedFloatsAndHistograms(window.name), window.span);
    return undefined;
  };
}

export const sumOverTime = ofOneKind(sum, (window) => sumHistograms(histogramsIn(window), window));
export const avgOverTime = ofOneKind(mean, (window) => averageHistograms(histogramsIn(window), window));

export const countOverTime: RangeFunction = (window) => floatCount(window) + histogramCount(window);
export const presentOverTime: RangeFunction = () => 1;

export const firstOverTime: RangeFunction = (window) => {
  const histogram = window.histograms.histograms[window.histogramFrom];
  if (histogramCount(window) === 0 || histogram === undefined) return floatAt(window, 0);
  return floatCount(window) > 0 && floatTime(window, 0) < histogramTime(window, 0) ? floatAt(window, 0) : histogram;
};

export const lastOverTime: RangeFunction = (window) => {
  const [floats, histograms] = [floatCount(window), histogramCount(window)];
  const histogram = window.histograms.histograms[window.histogramTo - 1];
  if (histograms === 0 || histogram === undefined) return floatAt(window, floats - 1);
  const isFloatLast = floats > 0 && histogramTime(window, histograms - 1) < floatTime(window, floats - 1);
  return isFloatLast ? floatAt(window, floats - 1) : histogram;
};

export const timeOfFirst: RangeFunction = (window) => {
  const times = [
    ...(floatCount(window) > 0 ? [floatTime(window, 0)] : []),
    ...(histogramCount(window) > 0 ? [histogramTime(window, 0)] : []),
  ];
  return Math.min(...times) / 1000;
};

export const timeOfLast: RangeFunction = (window) => {
  const [floats, histograms] = [floatCount(window), histogramCount(window)];
  const times = [
    ...(floats > 0 ? [floatTime(window, floats - 1)] : []),
    ...(histograms > 0 ? [histogramTime(window, histograms - 1)] : []),
  ];
  return Math.max(0, ...times) / 1000;
};

/** Creates a function that finds an extreme value, or its time in seconds. NaN is replaced by any number. */
export function extreme(isBetter: (value: number, best: number) => boolean, result: 'value' | 'time'): RangeFunction {
  return ofFloats((values, window) => {
    let [best = Number.NaN] = values;
    let index = 0;
    for (let position = 0; position < values.length; position++) {
      const value = values[position] ?? Number.NaN;
      if (!isBetter(value, best) && !Number.isNaN(best)) continue;
      best = value;
      index = position;
    }
    return result === 'value' ? best : floatTime(window, index) / 1000;
  });
}

/** Creates a function of the variance of the values. */
export function variance(f: (variance: number) => number): RangeFunction {
  return ofFloats((values) => {
    let [count, average, averageError, squares, squaresError] = [0, 0, 0, 0, 0];
    for (const value of values) {
      count += 1;
      const delta = value - (average + averageError);
      [average, averageError] = increase(delta / count, average, averageError);
      [squares, squaresError] = increase(delta * (value - (average + averageError)), squares, squaresError);
    }
    return f((squares + squaresError) / count);
  });
}

export const quantileOverTime: RangeFunction = (window, scalars) => {
  const [q = Number.NaN] = scalars;
  if (floatCount(window) === 0) return undefined;
  if (!(q >= 0 && q <= 1)) window.annotations.warn(TEXTS.invalidQuantile(q), window.scalarSpan);
  if (histogramCount(window) > 0) window.annotations.info(TEXTS.ignoredInRange(window.name), window.scalarSpan);
  return quantileOf(q, window.floats.values.slice(window.floatFrom, window.floatTo));
};

export const madOverTime = ofFloats((values) => {
  if (values.some(Number.isNaN)) return Number.NaN;
  const median = quantileOf(0.5, values.slice());
  return quantileOf(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
});
