import { heatOfBuckets, heatOfNative, type NativeBucket } from './heat-of-series.ts';
import type { QueryWindow } from './macros.ts';
import { queryExemplars } from './promql-exemplars.ts';
import { onGrid, type PointSeries } from './query-grid.ts';
import type { QueryResultData, SeriesResult } from './result.ts';
import { addressWith, sendQuery } from './send-query.ts';

/** A series in a response of the Prometheus API. */
export interface MatrixSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [seconds: number, value: string])[];
  readonly histograms?: readonly (readonly [
    seconds: number,
    { readonly count: string; readonly sum: string; readonly buckets?: readonly NativeBucket[] },
  ])[];
}

/** Runs a PromQL query over the range, if asked with the exemplars of its lines. */
export async function runPromql(
  text: string,
  window: QueryWindow,
  signal: AbortSignal,
  withExemplars = false,
): Promise<QueryResultData> {
  const began = performance.now();
  const range = { start: window.startMillis / 1000, end: window.endMillis / 1000 };
  const address = addressWith('/prometheus/api/v1/query_range', {
    query: text,
    ...range,
    step: window.stepMillis / 1000,
  });
  const exemplars = withExemplars ? queryExemplars(text, window, signal) : undefined;
  const response = (await (await sendQuery(address, signal)).json()) as {
    readonly data: { readonly result: readonly MatrixSeries[] };
    readonly warnings?: readonly string[];
    readonly infos?: readonly string[];
  };
  return {
    ...seriesOf(response.data.result, window, await exemplars),
    elapsedMillis: performance.now() - began,
    warnings: [...(response.warnings ?? []), ...(response.infos ?? [])],
  };
}

/** Converts a matrix to series on the steps of the window. */
export function seriesOf(
  result: readonly MatrixSeries[],
  window: QueryWindow,
  exemplarsOf?: (labels: MatrixSeries['metric']) => PointSeries['exemplars'],
): SeriesResult {
  const series = result.map(
    ({ metric, values = [], histograms = [] }): PointSeries => ({
      labels: metric,
      exemplars: exemplarsOf?.(metric),
      points: [
        ...values.map(([seconds, value]) => [seconds * 1000, numberOf(value)] as const),
        // A native histogram is drawn as a line by its average.
        ...histograms.map(([seconds, { sum, count }]) => [seconds * 1000, Number(sum) / Number(count)] as const),
      ],
    }),
  );
  const [only] = result;
  const native =
    result.length === 1 && only?.histograms !== undefined
      ? heatOfNative(
          window,
          only.histograms.map(([seconds, { buckets = [] }]) => [seconds * 1000, buckets] as const),
        )
      : undefined;
  return { kind: 'series', response: onGrid(window, series), heat: native ?? heatOfBuckets(window, series) };
}

/** Parses a number of the Prometheus API. */
export function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
