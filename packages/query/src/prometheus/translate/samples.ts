import type { Distribution, MetricSamples } from '@otelier/store';
import { formatG } from '../../promql/format-number.ts';
import { type Labels, METRIC_NAME } from '../../promql/labels/labels.ts';
import { SAMPLE, type SampleSeries } from '../../promql/source.ts';
import { streamLabels } from './labels.ts';
import { metricName, type NameStyle } from './names.ts';
import { nativeSeries } from './native.ts';

/** Converts the points of a stream to Prometheus series: one, or one for each bucket or quantile. */
export function translateSamples(samples: MetricSamples, style: NameStyle): readonly SampleSeries[] {
  const { stream } = samples;
  const name = metricName(stream, style);
  const labels = streamLabels(stream, style);
  switch (stream.kind) {
    case 'gauge':
    case 'sum':
      return [column(samples, labels.with(METRIC_NAME, name), (index) => samples.values[index])];
    case 'histogram':
      return classicSeries(samples, labels, name);
    case 'exponential_histogram':
      return [nativeSeries(samples, labels.with(METRIC_NAME, name))];
    case 'summary':
      return summarySeries(samples, labels, name);
  }
}

/** Creates a series of numbers. Those of a delta stream are accumulated. */
function column(samples: MetricSamples, labels: Labels, read: (index: number) => number): SampleSeries {
  const { times, startTimes, stale, stream } = samples;
  const values = new Float64Array(times.length);
  const isDelta = stream.temporality === 'delta' && stream.kind !== 'gauge';
  let total = 0;
  for (let index = 0; index < times.length; index++) {
    const value = stale[index] === 1 ? Number.NaN : read(index);
    if (isDelta && stale[index] !== 1) total += value;
    values[index] = isDelta ? total : value;
  }
  const kinds = stale.includes(1) ? stale.map((flag) => (flag === 1 ? SAMPLE.stale : SAMPLE.float)) : undefined;
  // The start of accumulated values is that of the first point.
  const starts = isDelta ? new Float64Array(times.length).fill(startTimes[0] ?? 0) : startTimes;
  return { labels, times, values, kinds, startTimes: starts };
}

function distributionsOf({ distributions }: MetricSamples): readonly Distribution[] {
  return distributions ?? [];
}

function classicSeries(samples: MetricSamples, labels: Labels, name: string): SampleSeries[] {
  const all = distributionsOf(samples);
  const bounds = [...new Set(all.flatMap((one) => one.bounds))].sort((a, b) => a - b);
  const bucket = (bound: number): SampleSeries =>
    column(samples, labels.with(METRIC_NAME, `${name}_bucket`).with('le', formatG(bound)), (index) =>
      countUpTo(all[index], bound),
    );
  return [
    column(samples, labels.with(METRIC_NAME, `${name}_count`), (index) => all[index]?.count ?? 0),
    column(samples, labels.with(METRIC_NAME, `${name}_sum`), (index) => all[index]?.sum ?? 0),
    ...[...bounds, Number.POSITIVE_INFINITY].map(bucket),
  ];
}

function countUpTo(distribution: Distribution | undefined, bound: number): number {
  if (distribution === undefined) return 0;
  if (bound === Number.POSITIVE_INFINITY) return distribution.count;
  let total = 0;
  for (const [index, own] of distribution.bounds.entries()) {
    if (own > bound) break;
    total += distribution.bucketCounts[index] ?? 0;
  }
  return total;
}

function summarySeries(samples: MetricSamples, labels: Labels, name: string): SampleSeries[] {
  const all = distributionsOf(samples);
  const quantiles = [...new Set(all.flatMap((one) => one.quantiles.map(({ quantile }) => quantile)))];
  const cumulative = { ...samples, stream: { ...samples.stream, temporality: 'cumulative' as const } };
  return [
    column(cumulative, labels.with(METRIC_NAME, `${name}_count`), (index) => all[index]?.count ?? 0),
    column(cumulative, labels.with(METRIC_NAME, `${name}_sum`), (index) => all[index]?.sum ?? 0),
    ...quantiles.map((quantile) =>
      column(
        cumulative,
        labels.with(METRIC_NAME, name).with('quantile', formatG(quantile)),
        (index) => all[index]?.quantiles.find((one) => one.quantile === quantile)?.value ?? Number.NaN,
      ),
    ),
  ];
}
