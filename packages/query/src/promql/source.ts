import type { FloatHistogram } from './histogram/float-histogram.ts';
import type { Labels } from './labels/labels.ts';
import type { Matcher } from './labels/matcher.ts';

/** What a sample is. A stale marker ends a series. */
export const SAMPLE = { float: 0, histogram: 1, stale: 2 } as const;

/** The samples of a series as columns, in time order without repeated times. */
export interface SampleSeries {
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly times: Float64Array;
  /** The values of float samples. */
  readonly values: Float64Array;
  /** The kind of each sample (`SAMPLE`); without it, all are floats. */
  readonly kinds?: Uint8Array | undefined;
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
  /** Times from which counters count, in milliseconds; 0 if unknown. */
  readonly startTimes?: Float64Array | undefined;
}

/** Series to select, and the range of times to return, both ends inclusive, in milliseconds. */
export interface Selection {
  readonly matchers: readonly Matcher[];
  readonly start: number;
  readonly end: number;
}

/** Where the evaluation of a query reads samples from. Each selector is read once per query. */
export interface SampleSource {
  select(selection: Selection): Promise<readonly SampleSeries[]>;
}
