import { TraceqlLimitError } from '../errors.ts';
import { attributeReader, firstOf } from '../evaluate/attributes.ts';
import type { QuerySpan } from '../evaluate/span.ts';
import type { Attribute, MetricsFunction } from '../parse/ast.ts';
import { attributeText } from '../parse/print.ts';
import { floatOf, isNumeric, keyOf, type Static } from '../values/static.ts';
import { type Accumulator, averageAccumulator, countAccumulator, foldAccumulator } from './accumulators.ts';
import type { ExemplarSampler } from './exemplars.ts';
import { bucketOf, quantileOf } from './histogram.ts';
import { type Intervals, intervalOf } from './intervals.ts';
import {
  type Exemplar,
  groupLabels,
  type Label,
  nameLabels,
  type SeriesSet,
  seriesKey,
  type TimeSeries,
} from './series.ts';

/** Maximum number of series of a query. */
const MAX_SERIES = 50_000;
const SECOND = 1e9;
const BUCKET_LABEL = '__bucket';
const QUANTILE_LABEL = 'p';

/** Converts spans to series. */
export interface SpanAggregator {
  observe(span: QuerySpan): void;
  /** Counts spans with the properties of a span, none of which is an exemplar. */
  count?(span: QuerySpan, spans: number): void;
  /** Adds a span that is already counted as an exemplar. */
  illustrate?(span: QuerySpan): void;
  series(): SeriesSet;
}

interface Group {
  readonly values: readonly Static[];
  readonly accumulator: Accumulator;
  readonly exemplars: Exemplar[];
}

export type AggregatedFunction = Exclude<MetricsFunction, { kind: 'compare' }>;

/** Creates the aggregator of a function. */
export function createAggregator(
  metrics: AggregatedFunction,
  intervals: Intervals,
  sampler: ExemplarSampler,
): SpanAggregator {
  const groups = new Map<string, Group>();
  const names = metrics.by.map(attributeText);
  const readBy = metrics.by.map(readerOf);
  const measure = measureOf(metrics);
  const isBucketed = metrics.kind === 'histogram_over_time' || metrics.kind === 'quantile_over_time';
  const create = accumulatorOf(metrics, intervals);
  const add = (span: QuerySpan, spans: number, isExemplar: boolean): void => {
    const { start, traceId, spanId } = span.span;
    const interval = intervalOf(intervals, start);
    if (interval < 0) return;
    const measured = measure?.(span);
    if (measure !== undefined && measured === undefined) return;
    const values = readBy.map((read) => read(span));
    const bucket = isBucketed ? measured?.bucket : undefined;
    if (isBucketed) {
      if (bucket === undefined) return;
      values.push(floatOf(bucket));
    }
    const group = groupOf(groups, values, create);
    if (spans > 0) group.accumulator.add(interval, measured?.value ?? 1, spans);
    if (!isExemplar || !sampler.accepts(start)) return;
    const labels = names.map((name, index) => ({ name, value: values[index] ?? floatOf(0) }));
    const value = metrics.kind === 'histogram_over_time' ? undefined : measured?.value;
    group.exemplars.push({ traceId, spanId, labels, interval, millis: Number(start / 1_000_000n), value });
  };
  return {
    observe: (span) => add(span, 1, true),
    count: (span, spans) => add(span, spans, false),
    illustrate: (span) => add(span, 0, true),
    series: () => {
      if (metrics.kind === 'quantile_over_time') return quantileSeries(metrics.quantiles, names, groups, intervals);
      // A query without groups has a series even if there are no spans.
      const isSingle = names.length === 0 && !isBucketed;
      if (isSingle && groups.size === 0) groupOf(groups, [], create);
      const all = [...groups.values()].map(({ values, accumulator, exemplars }): TimeSeries => {
        const labels = isSingle
          ? nameLabels(metrics.kind)
          : groupLabels(isBucketed ? [...names, BUCKET_LABEL] : names, values);
        return { labels, values: accumulator.values(), exemplars };
      });
      return seriesSet(all);
    },
  };
}

/** Returns series by their keys. */
export function seriesSet(all: readonly TimeSeries[]): SeriesSet {
  return new Map(all.map((series) => [seriesKey(series.labels), series]));
}

function readerOf(attribute: Attribute): (span: QuerySpan) => Static {
  const read = attributeReader(attribute);
  return (span) => firstOf(read(span));
}

function groupOf(groups: Map<string, Group>, values: readonly Static[], create: () => Accumulator): Group {
  const key = values.map(keyOf).join('\0');
  const known = groups.get(key);
  if (known !== undefined) return known;
  if (groups.size >= MAX_SERIES) {
    throw new TraceqlLimitError(`the query has more than ${MAX_SERIES} series; group by fewer attributes`);
  }
  const group = { values, accumulator: create(), exemplars: [] };
  groups.set(key, group);
  return group;
}

interface Measured {
  readonly value: number;
  readonly bucket: number | undefined;
}

/** Returns a function that reads the attribute of a function. Durations are in seconds. */
function measureOf(metrics: AggregatedFunction): ((span: QuerySpan) => Measured | undefined) | undefined {
  if (!('attribute' in metrics)) return undefined;
  const read = readerOf(metrics.attribute);
  return (span) => {
    const value = read(span);
    if (!isNumeric(value)) return undefined;
    const number = Number(value.value);
    if (Number.isNaN(number)) return undefined;
    const bucket = value.type === 'float' ? undefined : bucketOf(number);
    const unit = value.type === 'duration' ? SECOND : 1;
    return { value: number / unit, bucket: bucket === undefined ? undefined : bucket / unit };
  };
}

function accumulatorOf({ kind }: AggregatedFunction, { count, stepNanos }: Intervals): () => Accumulator {
  switch (kind) {
    case 'rate':
      return () => countAccumulator(count, SECOND / Number(stepNanos));
    case 'min_over_time':
      return () => foldAccumulator(count, Math.min);
    case 'max_over_time':
      return () => foldAccumulator(count, Math.max);
    case 'sum_over_time':
      return () => foldAccumulator(count, (a, b) => a + b);
    case 'avg_over_time':
      return () => averageAccumulator(count);
    default:
      return () => countAccumulator(count, 1);
  }
}

/** Estimates quantiles from groups that have their bucket as last value. */
function quantileSeries(
  quantiles: readonly number[],
  names: readonly string[],
  groups: ReadonlyMap<string, Group>,
  { count }: Intervals,
): SeriesSet {
  const byLabels = Map.groupBy(groups.values(), ({ values }) => values.slice(0, -1).map(keyOf).join('\0'));
  const all = [...byLabels.values()].flatMap((buckets) => {
    const counts = buckets.map(({ values, accumulator }) => ({ bound: boundOf(values), counts: accumulator.values() }));
    const group = names.length === 0 ? [] : groupLabels(names, buckets[0]?.values ?? []);
    const exemplars = buckets.flatMap((bucket) => bucket.exemplars);
    return quantiles.map((quantile, index): TimeSeries => {
      const labels: readonly Label[] = [...group, { name: QUANTILE_LABEL, value: floatOf(quantile) }];
      const values = Float64Array.from({ length: count }, (_, interval) =>
        quantileOf(quantile, new Map(counts.map((one) => [one.bound, one.counts[interval] ?? 0]).filter(isUsed))),
      );
      return { labels, values, exemplars: index === quantiles.length - 1 ? exemplars : [] };
    });
  });
  return seriesSet(all);
}

function isUsed(entry: readonly number[]): entry is [number, number] {
  return entry[1] !== 0;
}

function boundOf(values: readonly Static[]): number {
  const last = values.at(-1);
  return last?.type === 'float' ? last.value : 0;
}
