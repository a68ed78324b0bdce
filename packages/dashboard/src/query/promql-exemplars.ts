import type { MetricSeriesResponse } from '@otelier/query';
import type { QueryWindow } from './macros.ts';
import { addressWith, sendQuery } from './send-query.ts';

/** Quantiles are on the same axis as the measurements, which rates and counts are not. */
const QUANTILE = /^\s*histogram_quantile\s*\(/;

type Series = MetricSeriesResponse['series'][number];

interface ExemplarsResponse {
  readonly data: readonly {
    readonly seriesLabels: Readonly<Record<string, string>>;
    readonly exemplars: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly value: string;
      readonly timestamp: number;
    }[];
  }[];
}

/**
 * Queries the exemplars of the series that a PromQL query of a quantile reads, and returns them by the labels of a
 * line. Other queries have none. A failure leaves them out, because the lines are complete without them.
 */
export async function queryExemplars(
  text: string,
  { startMillis, endMillis }: QueryWindow,
  signal: AbortSignal,
): Promise<(labels: Series['labels']) => Series['exemplars']> {
  if (!QUANTILE.test(text)) return () => [];
  const range = { start: startMillis / 1000, end: endMillis / 1000 };
  const address = addressWith('/prometheus/api/v1/query_exemplars', { query: text, ...range });
  const { data } = await sendQuery(address, signal)
    .then(async (response) => (await response.json()) as ExemplarsResponse)
    .catch(() => ({ data: [] }));
  return (labels) => {
    const wanted = Object.entries(labels);
    return data
      .filter(({ seriesLabels }) => wanted.every(([name, value]) => seriesLabels[name] === value))
      .flatMap(({ exemplars }) => exemplars)
      .map(({ labels: own, value, timestamp }) => ({
        timeMillis: timestamp * 1000,
        value: Number(value),
        traceId: own['trace_id'] ?? '',
        spanId: own['span_id'] ?? '',
      }));
  };
}
