import { equalHistograms, type FloatHistogram } from '../histogram/float-histogram.ts';
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

export const changes: RangeFunction = (window) =>
  countPairs(window, ({ sample: before }, { sample: current }) => {
    if (typeof before === 'number' && typeof current === 'number') {
      return before !== current && !(Number.isNaN(before) && Number.isNaN(current));
    }
    if (typeof before === 'number' || typeof current === 'number') return true;
    return !equalHistograms(current, before);
  });

export const resets: RangeFunction = (window) =>
  countPairs(window, (before, current) => {
    if (typeof before.sample === 'number' && typeof current.sample === 'number') {
      return current.sample < before.sample || isStartReset(before, current);
    }
    if (typeof before.sample === 'number' || typeof current.sample === 'number') return true;
    return isStartReset(before, current) || detectReset(current.sample, before.sample);
  });

function countPairs(window: Window, isCounted: (before: Point, current: Point) => boolean): number | undefined {
  const points = pointsOf(window);
  if (points === undefined) return undefined;
  let count = 0;
  for (const [index, current] of points.entries()) {
    const before = points[index - 1];
    if (before !== undefined && isCounted(before, current)) count += 1;
  }
  return count;
}

/** Returns the samples in time order; those of an anchored range from the last one at or before its start on. */
function pointsOf(window: Window): readonly Point[] | undefined {
  const points: Point[] = [];
  for (let index = 0; index < floatCount(window); index++) {
    const start = startTime(window, 'floats', index) ?? 0;
    points.push({ time: floatTime(window, index), start, sample: floatAt(window, index) });
  }
  for (let index = 0; index < histogramCount(window); index++) {
    const sample = window.histograms.histograms[window.histogramFrom + index];
    const start = startTime(window, 'histograms', index) ?? 0;
    if (sample !== undefined) points.push({ time: histogramTime(window, index), start, sample });
  }
  if (histogramCount(window) > 0) points.sort((a, b) => a.time - b.time);
  if (window.extension !== 'anchored') return points;
  const anchor = points.findLastIndex(({ time }) => time <= window.rangeStart);
  if (anchor === points.length - 1) return undefined;
  return points.slice(Math.max(0, anchor));
}
