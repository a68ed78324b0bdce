import { TEXTS } from '../annotations.ts';
import { IncompatibleSchemaError } from '../histogram/arithmetic.ts';
import { compact, divide, type FloatHistogram, isCustom } from '../histogram/float-histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import { interpolate, interpolateHistograms } from './interpolate.ts';
import { addNoted, difference, type RateKind } from './rate-parts.ts';
import type { Window } from './window.ts';

/** The samples with which an extended range begins and ends. */
interface Ends {
  readonly first: number;
  readonly last: number;
}

/**
 * Returns the indexes of the sample at or before the start of an extended range, and of the last one: at or after its end
 * if it is smoothed. Returns `undefined` if the range has no samples.
 */
function endsOf(window: Window, times: Float64Array, from: number, to: number): Ends | undefined {
  const { rangeStart, rangeEnd, extension } = window;
  let last = to - 1;
  let first = from;
  while (first < last && (times[first] ?? 0) <= rangeStart) first += 1;
  first = Math.max(from, first - 1);
  if (extension === 'smoothed') {
    let end = from;
    while (end < last && (times[end] ?? 0) < rangeEnd) end += 1;
    last = end;
    if ((times[first] ?? 0) > rangeEnd) return undefined;
  }
  return (times[last] ?? 0) <= rangeStart ? undefined : { first, last };
}

/** Computes the change over an anchored or smoothed range of float samples. */
export function extendedRate(window: Window, { isCounter, isRate }: RateKind): number | undefined {
  const { floats, floatFrom, floatTo, rangeStart, rangeEnd, rangeMillis } = window;
  const { times, values } = floats;
  const ends = endsOf(window, times, floatFrom, floatTo);
  if (ends === undefined) return undefined;
  let { first, last } = ends;
  const left = leftValue(window, ends, isCounter);
  const right = rightValue(window, ends, isCounter);
  let change = right - left;
  if (isCounter) {
    if ((times[first] ?? 0) <= rangeStart) first += 1;
    if ((times[last] ?? 0) >= rangeEnd) last -= 1;
    let before = left;
    for (const value of [...values.subarray(first, last + 1), right]) {
      if (value < before) change += before;
      before = value;
    }
  }
  return isRate ? change / (rangeMillis / 1000) : change;
}

function leftValue({ floats, rangeStart, extension }: Window, { first }: Ends, isCounter: boolean): number {
  const isInterpolated = extension === 'smoothed' && (floats.times[first] ?? 0) < rangeStart;
  return isInterpolated
    ? interpolate(floats, first, first + 1, rangeStart, isCounter)
    : (floats.values[first] ?? Number.NaN);
}

function rightValue(window: Window, { last }: Ends, isCounter: boolean): number {
  const { floats, floatFrom, rangeEnd, extension } = window;
  const isInterpolated = extension === 'smoothed' && last > floatFrom && (floats.times[last] ?? 0) > rangeEnd;
  return isInterpolated
    ? interpolate(floats, last - 1, last, rangeEnd, isCounter)
    : (floats.values[last] ?? Number.NaN);
}

/** Returns the samples of an anchored or smoothed range, with values at both of its ends. */
export function extendFloats(window: Window): { readonly times: number[]; readonly values: number[] } | undefined {
  const { floats, floatFrom, floatTo, rangeStart, rangeEnd } = window;
  if (floatTo <= floatFrom) return undefined;
  const ends = endsOf(window, floats.times, floatFrom, floatTo);
  if (ends === undefined) return undefined;
  let { first, last } = ends;
  const [left, right] = [leftValue(window, ends, false), rightValue(window, ends, false)];
  if ((floats.times[first] ?? 0) <= rangeStart) first += 1;
  if ((floats.times[last] ?? 0) >= rangeEnd) last -= 1;
  return {
    times: [rangeStart, ...floats.times.subarray(first, last + 1), rangeEnd],
    values: [left, ...floats.values.subarray(first, last + 1), right],
  };
}

/** Computes the change over an anchored or smoothed range of histograms. */
export function extendedHistogramRate(window: Window, { isCounter, isRate }: RateKind): FloatHistogram | undefined {
  const { times } = window.histograms;
  const ends = endsOf(window, times, window.histogramFrom, window.histogramTo);
  if (ends === undefined || !isUniform(window, ends, isCounter)) return undefined;
  try {
    const [left, right] = boundaries(window, ends, isCounter);
    if (!isCounter && (left.hint !== 'gauge' || right.hint !== 'gauge')) {
      window.annotations.warn(TEXTS.notGauge(window.name), window.span);
    }
    let change = difference(window, right, left);
    for (const before of isCounter ? resetsBetween(window, ends, left, right) : []) {
      if (change !== undefined) change = addNoted(window, change, before);
    }
    if (change === undefined) return undefined;
    const result = isRate ? divide(change, window.rangeMillis / 1000) : change;
    return compact({ ...result, hint: 'gauge' });
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    window.annotations.warn(TEXTS.mixedSchemas(window.name), window.span);
    return undefined;
  }
}

function isUniform(window: Window, { first, last }: Ends, isCounter: boolean): boolean {
  const used = window.histograms.histograms.slice(first, last + 1);
  const [base] = used;
  for (const histogram of used) {
    if (base !== undefined && isCustom(histogram) !== isCustom(base)) {
      window.annotations.warn(TEXTS.mixedSchemas(window.name), window.span);
      return false;
    }
    if (isCounter && histogram.hint === 'gauge') window.annotations.warn(TEXTS.notCounter(window.name), window.span);
  }
  return true;
}

function boundaries(
  window: Window,
  { first, last }: Ends,
  isCounter: boolean,
): readonly [FloatHistogram, FloatHistogram] {
  const { histograms, histogramFrom, rangeStart, rangeEnd, extension } = window;
  const between = (index: number, time: number): FloatHistogram =>
    interpolateHistograms(
      [histogramOf(window, index), histogramOf(window, index + 1)],
      [histograms.times[index] ?? 0, histograms.times[index + 1] ?? 0],
      time,
      isCounter,
      window,
    );
  const isSmoothed = extension === 'smoothed';
  const cutsLeft = isSmoothed && (histograms.times[first] ?? 0) < rangeStart;
  const cutsRight = isSmoothed && last > histogramFrom && (histograms.times[last] ?? 0) > rangeEnd;
  return [
    cutsLeft ? between(first, rangeStart) : histogramOf(window, first),
    cutsRight ? between(last - 1, rangeEnd) : histogramOf(window, last),
  ];
}

function histogramOf({ histograms }: Window, index: number): FloatHistogram {
  const found = histograms.histograms[index];
  if (found === undefined) throw new Error(`expected a histogram at ${index}`);
  return found;
}

/** Returns the histograms after which the counter was reset. */
function resetsBetween(
  window: Window,
  { first, last }: Ends,
  left: FloatHistogram,
  right: FloatHistogram,
): FloatHistogram[] {
  const { histograms, rangeStart, extension } = window;
  let from = first + 1;
  let before = left;
  const cutsLeft = extension === 'smoothed' && (histograms.times[first] ?? 0) < rangeStart;
  if (cutsLeft && detectReset(histogramOf(window, first + 1), histogramOf(window, first))) {
    // The interpolation at the start already accounts for this reset.
    before = histogramOf(window, first + 1);
    from += 1;
  }
  if (from > last) return [];
  const found: FloatHistogram[] = [];
  for (const current of [...histograms.histograms.slice(from, last), right]) {
    if (detectReset(current, before)) found.push(before);
    before = current;
  }
  return found;
}
