import type { FloatHistogram } from './histogram/float-histogram.ts';
import { detectReset } from './histogram/reset.ts';
import type { Labels } from './labels/labels.ts';
import { matches } from './labels/matcher.ts';
import type { SequenceValue } from './series-notation.ts';
import { SAMPLE, type SampleSeries, type SampleSource, type Selection } from './source.ts';

/** A sample with its time, and the time from which it counts (0 if unknown), in milliseconds. */
export interface Point {
  readonly time: number;
  readonly value: number | FloatHistogram | 'stale';
  readonly start: number;
}

/** A series in the notation of tests, whose values are one step apart. */
export interface LoadedSeries {
  readonly labels: Labels;
  readonly values: readonly SequenceValue[];
  /** Start times relative to each sample, in milliseconds. */
  readonly starts?: readonly (number | undefined)[] | undefined;
}

/** Samples in memory, for tests of queries and rules. */
export class LoadedSamples implements SampleSource {
  /** Later samples are not selected, as if they were not known yet. In milliseconds. */
  until = Number.POSITIVE_INFINITY;
  readonly #series = new Map<string, { readonly labels: Labels; readonly points: Map<number, Point> }>();

  clear(): void {
    this.#series.clear();
  }

  /** Adds samples to a series. A sample replaces that of the same time. */
  add(labels: Labels, points: readonly Point[]): void {
    const series = this.#series.get(labels.key) ?? { labels, points: new Map<number, Point>() };
    this.#series.set(labels.key, series);
    for (const point of points) series.points.set(point.time, point);
  }

  async select({ matchers, start, end }: Selection): Promise<SampleSeries[]> {
    const found: SampleSeries[] = [];
    for (const { labels, points } of this.#series.values()) {
      if (!matchers.every((matcher) => matches(matcher, labels.get(matcher.name)))) continue;
      const all = withHints([...points.values()].sort((a, b) => a.time - b.time));
      const inRange = all.filter(({ time }) => time >= start && time <= Math.min(end, this.until));
      if (inRange.length > 0) found.push(columnsOf(labels, inRange));
    }
    return found;
  }
}

/** Returns the samples of a series, of which the first is at `first`. */
export function pointsOf({ values, starts }: LoadedSeries, step: number, first = 0): Point[] {
  return values.flatMap((value, index) => {
    if (value.kind === 'none') return [];
    const time = first + index * step;
    const offset = starts?.[index];
    const start = offset === undefined ? 0 : time + offset;
    return [{ time, start, value: value.kind === 'stale' ? 'stale' : value.value }];
  });
}

/** Marks histograms with what a time series database knows about resets: it compares each with the one before. */
function withHints(points: readonly Point[]): Point[] {
  let before: FloatHistogram | undefined;
  return points.map((point) => {
    if (typeof point.value !== 'object') {
      before = undefined;
      return point;
    }
    const { value } = point;
    const previous = before;
    before = value;
    if (value.hint === 'gauge') return point;
    // After a reset, the database starts a new chunk, of whose first histogram it says nothing.
    const isFirst = previous === undefined || previous.hint === 'gauge' || value.hint === 'reset';
    const isUnknown = isFirst || detectReset({ ...value, hint: 'unknown' }, previous);
    return { ...point, value: { ...value, hint: isUnknown ? 'unknown' : 'not_reset' } };
  });
}

function columnsOf(labels: Labels, points: readonly Point[]): SampleSeries {
  const histograms = points.map(({ value }) => (typeof value === 'object' ? value : undefined));
  return {
    labels,
    times: Float64Array.from(points, ({ time }) => time),
    values: Float64Array.from(points, ({ value }) => (typeof value === 'number' ? value : Number.NaN)),
    kinds: Uint8Array.from(points, ({ value }) =>
      value === 'stale' ? SAMPLE.stale : typeof value === 'number' ? SAMPLE.float : SAMPLE.histogram,
    ),
    histograms,
    startTimes: Float64Array.from(points, ({ start }) => start),
  };
}
