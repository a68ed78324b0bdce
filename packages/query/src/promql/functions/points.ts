import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { floatAt, floatCount, floatTime, histogramCount, histogramTime, startTime, type Window } from './window.ts';

/** A sample of a window, with its time and start time in milliseconds. */
export interface Point {
  readonly time: number;
  readonly start: number;
  readonly sample: number | FloatHistogram;
}

/** Returns the floats of a window from an index on. */
export function floatPoints(window: Window, from = 0): Point[] {
  const points: Point[] = [];
  for (let index = Math.max(0, from); index < floatCount(window); index++) {
    const start = startTime(window, 'floats', index) ?? 0;
    points.push({ time: floatTime(window, index), start, sample: floatAt(window, index) });
  }
  return points;
}

/** Returns the histograms of a window from an index on. */
export function histogramPoints(window: Window, from = 0): Point[] {
  const points: Point[] = [];
  for (let index = Math.max(0, from); index < histogramCount(window); index++) {
    const sample = window.histograms.histograms[window.histogramFrom + index];
    const start = startTime(window, 'histograms', index) ?? 0;
    if (sample !== undefined) points.push({ time: histogramTime(window, index), start, sample });
  }
  return points;
}
