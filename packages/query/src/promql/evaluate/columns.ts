import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { SAMPLE, type SampleSeries } from '../source.ts';

/** The float samples of a series. */
export interface FloatColumn {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly starts: Float64Array | undefined;
}

/** The histograms of a series. */
export interface HistogramColumn {
  readonly times: Float64Array;
  readonly histograms: readonly FloatHistogram[];
  readonly starts: Float64Array | undefined;
}

const NONE = new Float64Array(0);
const NO_HISTOGRAMS: HistogramColumn = { times: NONE, histograms: [], starts: undefined };

/** Splits a series into floats and histograms, without stale markers. */
export function splitSeries(series: SampleSeries): {
  readonly floats: FloatColumn;
  readonly histograms: HistogramColumn;
} {
  const { times, values, kinds, startTimes } = series;
  if (kinds === undefined) return { floats: { times, values, starts: startTimes }, histograms: NO_HISTOGRAMS };
  const floats = indexesOf(kinds, SAMPLE.float);
  const histograms = indexesOf(kinds, SAMPLE.histogram);
  const starts = (indexes: readonly number[]): Float64Array | undefined =>
    startTimes === undefined ? undefined : pick(startTimes, indexes);
  return {
    floats: { times: pick(times, floats), values: pick(values, floats), starts: starts(floats) },
    histograms: {
      times: pick(times, histograms),
      histograms: histograms.flatMap((index) => series.histograms?.[index] ?? []),
      starts: starts(histograms),
    },
  };
}

function indexesOf(kinds: Uint8Array, wanted: number): number[] {
  const found: number[] = [];
  for (const [index, kind] of kinds.entries()) if (kind === wanted) found.push(index);
  return found;
}

function pick(column: Float64Array, indexes: readonly number[]): Float64Array {
  return Float64Array.from(indexes, (index) => column[index] ?? 0);
}

/** Returns the index of the first time after `time`, searching from `from` on. Callers advance in small steps. */
export function firstAfter(times: Float64Array, time: number, from: number): number {
  let index = from;
  while (index < times.length && times[index] <= time) index += 1;
  return index;
}
