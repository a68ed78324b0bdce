import { TEXTS } from '../annotations.ts';
import { IncompatibleSchemaError, subtract } from '../histogram/arithmetic.ts';
import { compact, divide, type FloatHistogram } from '../histogram/float-histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import { floatPoints, histogramPoints, type Point } from './points.ts';
import { isStartReset } from './start-times.ts';
import { floatCount, histogramCount, type RangeFunction, type Window } from './window.ts';

/** Creates `irate` or `idelta`: the change between the last two samples. */
export function instantChange(isRate: boolean): RangeFunction {
  return (window) => {
    const [before, last] = lastTwo(window);
    if (before === undefined || last === undefined || before.time === last.time) return undefined;
    const seconds = (last.time - before.time) / 1000;
    if (typeof last.sample === 'number' && typeof before.sample === 'number') {
      const isReset = isRate && (last.sample < before.sample || isStartReset(before, last));
      const change = isReset ? last.sample : last.sample - before.sample;
      return isRate ? change / seconds : change;
    }
    const change = histogramChange(window, before, last, isRate);
    return change !== undefined && isRate ? divide(change, seconds) : change;
  };
}

function histogramChange(
  { annotations, name, argumentsSpan }: Window,
  { sample: before, ...start }: Point,
  { sample: last, ...end }: Point,
  isRate: boolean,
): FloatHistogram | undefined {
  if (typeof last === 'number' || typeof before === 'number') {
    annotations.warn(TEXTS.mixedFloatsAndHistograms(name), argumentsSpan);
    return undefined;
  }
  const gauges = [before, last].filter(({ hint }) => hint === 'gauge').length;
  if (isRate && gauges > 0) annotations.warn(TEXTS.notCounter(name), argumentsSpan);
  if (!isRate && gauges < 2) annotations.warn(TEXTS.notGauge(name), argumentsSpan);
  if (isRate && (isStartReset(start, end) || detectReset(last, before))) return compact({ ...last, hint: 'gauge' });
  try {
    const { histogram, boundsReconciled } = subtract(last, before);
    if (boundsReconciled) annotations.info(TEXTS.boundsReconciled('subtraction'), argumentsSpan);
    return compact({ ...histogram, hint: 'gauge' });
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    annotations.warn(TEXTS.mixedSchemas(name), argumentsSpan);
    return undefined;
  }
}

function lastTwo(window: Window): readonly Point[] {
  const floats = floatPoints(window, floatCount(window) - 2);
  const histograms = histogramPoints(window, histogramCount(window) - 2);
  return [...floats, ...histograms].sort((a, b) => a.time - b.time).slice(-2);
}
