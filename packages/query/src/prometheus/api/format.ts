import { formatDecimal } from '../../promql/format-number.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { allBuckets } from '../../promql/histogram/iterate.ts';
import type { QueryResult, ResultSeries } from '../../promql/result.ts';

/** Formats a number as the Prometheus API does: with an exponent only if it is very small or large. */
export function formatNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-6 && magnitude < 1e21) return `${value}`;
  if (magnitude !== 0 && Number.isFinite(magnitude) && (magnitude < 1e-6 || magnitude >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$1$2');
  }
  return formatDecimal(value);
}

/** Returns the data of a response for the result of a query at one time. */
export function resultData(result: Exclude<QueryResult, { kind: 'matrix' }>): {
  readonly resultType: string;
  readonly result: unknown;
} {
  switch (result.kind) {
    case 'scalar':
      return { resultType: 'scalar', result: [result.time / 1000, formatNumber(result.value)] };
    case 'string':
      return { resultType: 'string', result: [result.time / 1000, result.value] };
    case 'vector':
      return { resultType: 'vector', result: result.series.map(vectorEntry) };
  }
}

function vectorEntry({ labels, times, samples }: ResultSeries): object {
  const [sample = 0] = samples;
  const seconds = (times[0] ?? 0) / 1000;
  if (typeof sample === 'number') return { metric: labels.toObject(), value: [seconds, formatNumber(sample)] };
  return { metric: labels.toObject(), histogram: [seconds, histogramData(sample)] };
}

/** Returns the data of a native histogram. */
export function histogramData(histogram: FloatHistogram): object {
  const buckets = allBuckets(histogram)
    .filter(({ count }) => count !== 0)
    .map(({ lower, upper, includesLower, includesUpper, count }) => [
      boundaryRule(includesLower, includesUpper),
      ...[lower, upper, count].map(formatNumber),
    ]);
  return {
    count: formatNumber(histogram.count),
    sum: formatNumber(histogram.sum),
    ...(buckets.length > 0 && { buckets }),
  };
}

/** 0: open left; 1: open right; 2: open on both sides; 3: closed on both sides. */
function boundaryRule(includesLower: boolean, includesUpper: boolean): number {
  if (includesLower) return includesUpper ? 3 : 1;
  return includesUpper ? 0 : 2;
}
