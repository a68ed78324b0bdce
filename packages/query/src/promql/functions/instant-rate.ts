import { TEXTS } from '../annotations.ts';
import { IncompatibleSchemaError, subtract } from '../histogram/arithmetic.ts';
import { compact, divide, type FloatHistogram } from '../histogram/float-histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import { isStartReset } from './start-times.ts';
import {
  floatAt,
  floatCount,
  floatTime,
  histogramCount,
  histogramTime,
  type RangeFunction,
  startTime,
  type Window,
} from './window.ts';

interface Point {
  readonly time: number;
  readonly start: number;
  readonly sample: number | FloatHistogram;
}

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
  const points: Point[] = [];
  const floats = floatCount(window);
  for (let index = Math.max(0, floats - 2); index < floats; index++) {
    const start = startTime(window, 'floats', index) ?? 0;
    points.push({ time: floatTime(window, index), start, sample: floatAt(window, index) });
  }
  const histograms = histogramCount(window);
  for (let index = Math.max(0, histograms - 2); index < histograms; index++) {
    const sample = window.histograms.histograms[window.histogramFrom + index];
    const start = startTime(window, 'histograms', index) ?? 0;
    if (sample !== undefined) points.push({ time: histogramTime(window, index), start, sample });
  }
  return points.sort((a, b) => a.time - b.time).slice(-2);
}
