import { equalHistograms } from '../histogram/float-histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import { floatPoints, histogramPoints, type Point } from './points.ts';
import { isStartReset } from './start-times.ts';
import { histogramCount, type RangeFunction, type Window } from './window.ts';

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
  const points = [...floatPoints(window), ...histogramPoints(window)];
  if (histogramCount(window) > 0) points.sort((a, b) => a.time - b.time);
  if (window.extension !== 'anchored') return points;
  const anchor = points.findLastIndex(({ time }) => time <= window.rangeStart);
  if (anchor === points.length - 1) return undefined;
  return points.slice(Math.max(0, anchor));
}
