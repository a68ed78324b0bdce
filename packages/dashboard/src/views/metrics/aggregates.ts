import type { MetricsResponse } from '@otelier/query';

export type Metric = MetricsResponse['metrics'][number];
export const AGGREGATES = ['rate', 'sum', 'avg', 'min', 'max', 'last', 'count', 'p50', 'p90', 'p95', 'p99'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** Returns the aggregates that a metric supports, with the default first. */
export function aggregatesOf(metric: Metric): readonly Aggregate[] {
  if (metric.kind.includes('histogram')) return ['p95', 'p50', 'p90', 'p99', 'rate', 'avg', 'count', 'min', 'max'];
  if (metric.kind === 'summary') return ['avg', 'rate', 'count'];
  if (metric.kind === 'sum' && metric.monotonic) return ['rate', 'sum', 'last', 'count'];
  return ['avg', 'last', 'max', 'min', 'sum', 'count'];
}

/** Returns the letter for a metric's kind: counter, gauge, histogram or summary. */
export function letterOf(metric: Metric): string {
  if (metric.kind.includes('histogram')) return 'H';
  if (metric.kind === 'summary') return 'S';
  return metric.kind === 'sum' && metric.monotonic ? 'C' : 'G';
}

/**
 * Returns the aggregates in the URL that the metric supports, or else the default ones: two percentiles of a histogram,
 * one aggregate of another metric.
 */
export function chosenAggregates(metric: Metric, asked: readonly string[] | undefined): readonly Aggregate[] {
  const possible = aggregatesOf(metric);
  const chosen = possible
    .filter((aggregate) => asked?.includes(aggregate))
    .sort((a, b) => (asked?.indexOf(a) ?? 0) - (asked?.indexOf(b) ?? 0));
  return chosen.length > 0 ? chosen : possible.slice(0, metric.kind.includes('histogram') ? 2 : 1);
}
