import { CUSTOM_BUCKETS } from '../../../packages/query/src/promql/histogram/bounds.ts';
import {
  compact,
  EMPTY_HISTOGRAM,
  type FloatHistogram,
} from '../../../packages/query/src/promql/histogram/float-histogram.ts';
import { detectReset } from '../../../packages/query/src/promql/histogram/reset.ts';
import { type Labels, METRIC_NAME } from '../../../packages/query/src/promql/labels/labels.ts';
import { matches } from '../../../packages/query/src/promql/labels/matcher.ts';
import { parseNumber } from '../../../packages/query/src/promql/parse/literals.ts';
import {
  SAMPLE,
  type SampleSeries,
  type SampleSource,
  type Selection,
} from '../../../packages/query/src/promql/source.ts';
import type { Command, LoadedSeries } from './script.ts';

interface Point {
  readonly time: number;
  readonly value: number | FloatHistogram | 'stale';
  readonly start: number;
}

/** Samples that test scripts have loaded. */
export class LoadedSamples implements SampleSource {
  readonly #series = new Map<string, { readonly labels: Labels; readonly points: Map<number, Point> }>();

  clear(): void {
    this.#series.clear();
  }

  load({ step, series, withCustomBuckets }: Extract<Command, { kind: 'load' }>): void {
    for (const one of series) this.#add(one.labels, pointsOf(one, step));
    if (withCustomBuckets) for (const { labels, points } of customHistograms(series, step)) this.#add(labels, points);
  }

  #add(labels: Labels, points: readonly Point[]): void {
    const series = this.#series.get(labels.key) ?? { labels, points: new Map<number, Point>() };
    this.#series.set(labels.key, series);
    for (const point of points) series.points.set(point.time, point);
  }

  async select({ matchers, start, end }: Selection): Promise<SampleSeries[]> {
    const found: SampleSeries[] = [];
    for (const { labels, points } of this.#series.values()) {
      if (!matchers.every((matcher) => matches(matcher, labels.get(matcher.name)))) continue;
      const all = withHints([...points.values()].sort((a, b) => a.time - b.time));
      const inRange = all.filter(({ time }) => time >= start && time <= end);
      if (inRange.length > 0) found.push(columnsOf(labels, inRange));
    }
    return found;
  }
}

function pointsOf({ values, starts }: LoadedSeries, step: number): Point[] {
  return values.flatMap((value, index) => {
    if (value.kind === 'none') return [];
    const time = index * step;
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

interface Classic {
  count: number | undefined;
  sum: number;
  readonly buckets: Map<number, number>;
}

/** Converts classic histograms to native ones with custom buckets. */
function customHistograms(series: readonly LoadedSeries[], step: number): { labels: Labels; points: Point[] }[] {
  const byLabels = new Map<string, { labels: Labels; times: Map<number, Classic> }>();
  for (const one of series) {
    const [, name, suffix] = /^(.*)_(bucket|count|sum)$/.exec(one.labels.get(METRIC_NAME)) ?? [];
    const bound = parseNumber(one.labels.get('le'));
    if (name === undefined || (suffix === 'bucket' && (bound === undefined || Number.isNaN(bound)))) continue;
    const labels = one.labels.drop(['le']).with(METRIC_NAME, name);
    const group = byLabels.get(labels.key) ?? { labels, times: new Map<number, Classic>() };
    byLabels.set(labels.key, group);
    for (const { time, value } of pointsOf(one, step)) {
      const classic = group.times.get(time) ?? { count: undefined, sum: 0, buckets: new Map<number, number>() };
      group.times.set(time, classic);
      if (typeof value === 'number') addToClassic(classic, suffix, bound, value);
    }
  }
  return [...byLabels.values()].map(({ labels, times }) => ({
    labels,
    points: [...times].map(([time, classic]) => ({ time, start: 0, value: customHistogram(classic) })),
  }));
}

function addToClassic(classic: Classic, suffix: string | undefined, bound: number | undefined, value: number): void {
  if (suffix === 'count') classic.count = value;
  else if (suffix === 'sum') classic.sum = value;
  else classic.buckets.set(bound ?? 0, value);
}

function customHistogram({ count, sum, buckets }: Classic): FloatHistogram {
  const bounds = [...buckets].sort(([a], [b]) => a - b);
  const total = count ?? bounds.at(-1)?.[1] ?? 0;
  if (bounds.at(-1)?.[0] !== Number.POSITIVE_INFINITY) bounds.push([Number.POSITIVE_INFINITY, total]);
  let before = 0;
  const counts = bounds.map(([, cumulative]) => {
    const own = cumulative - before;
    before = cumulative;
    return own;
  });
  return compact({
    ...EMPTY_HISTOGRAM,
    schema: CUSTOM_BUCKETS,
    count: total,
    sum,
    customValues: bounds.slice(0, -1).map(([bound]) => bound),
    positive: { counts, indexes: counts.map((_, index) => index) },
  });
}
