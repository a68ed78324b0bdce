import { CUSTOM_BUCKETS } from '../../../packages/query/src/promql/histogram/bounds.ts';
import {
  compact,
  EMPTY_HISTOGRAM,
  type FloatHistogram,
} from '../../../packages/query/src/promql/histogram/float-histogram.ts';
import { type Labels, METRIC_NAME } from '../../../packages/query/src/promql/labels/labels.ts';
import { type LoadedSeries, type Point, pointsOf } from '../../../packages/query/src/promql/loaded-samples.ts';
import { parseNumber } from '../../../packages/query/src/promql/parse/literals.ts';

interface Classic {
  count: number | undefined;
  sum: number;
  readonly buckets: Map<number, number>;
}

/** Converts classic histograms to native ones with custom buckets. */
export function customHistograms(series: readonly LoadedSeries[], step: number): { labels: Labels; points: Point[] }[] {
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
