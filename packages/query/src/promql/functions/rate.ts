import { TEXTS } from '../annotations.ts';
import { type FloatHistogram, multiply } from '../histogram/float-histogram.ts';
import { extendedHistogramRate, extendedRate } from './extended-rate.ts';
import { extrapolationFactor } from './extrapolate.ts';
import { histogramIncrease } from './histogram-rate.ts';
import { addNoted, type RateKind, warnOverlaps } from './rate-parts.ts';
import { type Counted, isStartReset } from './start-times.ts';
import {
  floatAt,
  floatCount,
  floatTime,
  histogramCount,
  histogramsIn,
  histogramTime,
  type RangeFunction,
  startTime,
  type Window,
} from './window.ts';

/** Creates `rate`, `increase` or `delta`: the change over the range, extrapolated to its ends. */
export function changeOver(kind: RateKind): RangeFunction {
  return (window) => {
    const [floats, histograms] = [floatCount(window), histogramCount(window)];
    if (floats > 0 && histograms > 0) {
      window.annotations.warn(TEXTS.mixedFloatsAndHistograms(window.name), window.span);
      return undefined;
    }
    if (window.extension !== undefined) {
      if (histograms > 0) return extendedHistogramRate(window, kind);
      return floats > 0 ? extendedRate(window, kind) : undefined;
    }
    if (histograms > 0) return histogramChange(window, kind);
    return floats > 0 ? floatChange(window, kind) : undefined;
  };
}

function floatChange(window: Window, kind: RateKind): number | undefined {
  const count = floatCount(window);
  const first = floatAt(window, 0);
  let change = floatAt(window, count - 1) - first;
  if (kind.isCounter) change += floatResets(window, count);
  const times = { first: floatTime(window, 0), last: floatTime(window, count - 1), count };
  const start = kind.isCounter ? startTime(window, 'floats', 0) : undefined;
  const isStarted = startsWithin(window, start, times.first);
  if (isStarted) change += first;
  const factor = extrapolation(window, times, { ...kind, start: isStarted ? start : undefined, change, first });
  return factor === undefined ? undefined : change * factor;
}

function floatResets(window: Window, count: number): number {
  const { values } = window.floats;
  const usesStarts = window.useStartTimes && window.floats.starts !== undefined;
  let correction = 0;
  let before = values[window.floatFrom] ?? 0;
  for (let index = window.floatFrom + 1; index < window.floatFrom + count; index++) {
    const value = values[index] ?? 0;
    if (value < before || (usesStarts && isFloatStartReset(window, index))) correction += before;
    before = value;
  }
  if (usesStarts) warnOverlaps(window, 'floats', count);
  return correction;
}

function isFloatStartReset({ floats }: Window, index: number): boolean {
  const at = (position: number): Counted => ({
    time: floats.times[position] ?? 0,
    start: floats.starts?.[position] ?? 0,
  });
  return isStartReset(at(index - 1), at(index));
}

function histogramChange(window: Window, kind: RateKind): FloatHistogram | undefined {
  const count = histogramCount(window);
  const all = histogramsIn(window);
  const [first] = all;
  if (first === undefined) return undefined;
  let change: FloatHistogram | undefined;
  if (count > 1) {
    change = histogramIncrease(window, all, kind.isCounter);
    if (change === undefined) return undefined;
  }
  const times = { first: histogramTime(window, 0), last: histogramTime(window, count - 1), count };
  const start = kind.isCounter ? startTime(window, 'histograms', 0) : undefined;
  const isStarted = startsWithin(window, start, times.first);
  const measured = { change: change?.count ?? 0, first: first.count };
  if (isStarted) {
    change = change === undefined ? first : addNoted(window, change, first);
    if (change === undefined) return undefined;
  }
  const factor = extrapolation(window, times, { ...kind, ...measured, start: isStarted ? start : undefined });
  return factor === undefined || change === undefined ? undefined : multiply(change, factor);
}

/** Reports whether a counter started within the range, so that its first value counts as well. */
function startsWithin({ rangeStart }: Window, start: number | undefined, first: number): boolean {
  return start !== undefined && start !== 0 && start > rangeStart && start < first;
}

interface Measured extends RateKind {
  /** The time at which the counter started, if that is within the range. */
  readonly start: number | undefined;
  /** The change of the value, or of the number of observations. */
  readonly change: number;
  readonly first: number;
}

/** Returns the factor from the change between the samples to that over the range, per second for a rate. */
function extrapolation(
  { rangeStart, rangeEnd, rangeMillis }: Window,
  { first: firstTime, last, count }: { readonly first: number; readonly last: number; readonly count: number },
  { start, isCounter, isRate, change, first }: Measured,
): number | undefined {
  if (start === undefined && count === 1) return undefined;
  const factor =
    start === undefined
      ? extrapolationFactor({ isCounter }, change, first, rangeStart, rangeEnd, firstTime, last, count)
      : startedFactor(start, rangeEnd, firstTime, last, count);
  return isRate ? factor / (rangeMillis / 1000) : factor;
}

/** Returns the factor for a counter that started within the range: it is extrapolated only to the end. */
function startedFactor(start: number, rangeEnd: number, first: number, last: number, count: number): number {
  const interval = count > 1 ? (last - first) / 1000 / (count - 1) : 0;
  const toEnd = (rangeEnd - last) / 1000;
  const sampled = (last - start) / 1000;
  return sampled === 0 ? 1 : (sampled + (toEnd >= interval * 1.1 ? interval / 2 : toEnd)) / sampled;
}
