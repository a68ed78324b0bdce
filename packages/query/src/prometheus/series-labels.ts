import type { MetricStream } from '@otelier/store';
import { type Labels, METRIC_NAME } from '../promql/labels/labels.ts';
import { type Matcher, matches } from '../promql/labels/matcher.ts';
import { streamLabels } from './translate/labels.ts';
import { metricName, type NameStyle } from './translate/names.ts';

/** Reports whether a stream has a series for each bucket or quantile, whose name the matchers accept. */
export function hasSplitSeries(stream: MetricStream, style: NameStyle, byName: readonly Matcher[]): boolean {
  if (stream.kind !== 'histogram' && stream.kind !== 'summary') return false;
  const name = metricName(stream, style) + (stream.kind === 'histogram' ? '_bucket' : '');
  return byName.every((matcher) => matches(matcher, name));
}

/** Returns the labels of the series of a stream, except those of buckets and quantiles. */
export function wholeLabels(stream: MetricStream, style: NameStyle): readonly Labels[] {
  const labels = streamLabels(stream, style);
  const name = metricName(stream, style);
  const suffixes = stream.kind === 'histogram' || stream.kind === 'summary' ? ['_count', '_sum'] : [''];
  return suffixes.map((suffix) => labels.with(METRIC_NAME, name + suffix));
}
