import type { Annotations } from '../annotations.ts';
import type { FloatColumn, HistogramColumn } from '../evaluate/columns.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import type { Span, VectorSelector } from '../parse/ast.ts';

/** The samples of one series in a range: parts of its columns. Reused for every step. */
export interface Window {
  readonly floats: FloatColumn;
  floatFrom: number;
  floatTo: number;
  readonly histograms: HistogramColumn;
  histogramFrom: number;
  histogramTo: number;
  /** The time of evaluation, in milliseconds. */
  time: number;
  /** The range that was asked for; samples at its start do not belong to it. */
  rangeStart: number;
  rangeEnd: number;
  readonly rangeMillis: number;
  readonly extension: VectorSelector['extension'];
  readonly useStartTimes: boolean;
  readonly name: string;
  /** The position of the range, and of all arguments. */
  readonly span: Span;
  readonly argumentsSpan: Span;
  /** The position of the first scalar argument. */
  readonly scalarSpan: Span;
  readonly annotations: Annotations;
}

/** Computes the result for a window, or `undefined` for none. `scalars` are the other arguments. */
export type RangeFunction = (window: Window, scalars: readonly number[]) => number | FloatHistogram | undefined;

export function floatCount({ floatFrom, floatTo }: Window): number {
  return floatTo - floatFrom;
}

export function histogramCount({ histogramFrom, histogramTo }: Window): number {
  return histogramTo - histogramFrom;
}

/** Returns the value of the float sample with a number from 0 on. */
export function floatAt({ floats, floatFrom }: Window, index: number): number {
  return floats.values[floatFrom + index] ?? Number.NaN;
}

export function floatTime({ floats, floatFrom }: Window, index: number): number {
  return floats.times[floatFrom + index] ?? 0;
}

/** Returns the histograms in a window. */
export function histogramsIn({ histograms, histogramFrom, histogramTo }: Window): readonly FloatHistogram[] {
  return histograms.histograms.slice(histogramFrom, histogramTo);
}

export function histogramTime({ histograms, histogramFrom }: Window, index: number): number {
  return histograms.times[histogramFrom + index] ?? 0;
}

/** Returns the start time of the float or histogram with a number, or `undefined` if start times are not used. */
export function startTime(window: Window, column: 'floats' | 'histograms', index: number): number | undefined {
  if (!window.useStartTimes) return undefined;
  const from = column === 'floats' ? window.floatFrom : window.histogramFrom;
  return window[column].starts?.[from + index] ?? 0;
}
