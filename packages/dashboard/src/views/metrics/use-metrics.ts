import type {
  MetricLabelsResponse,
  MetricLabelValuesResponse,
  MetricSeriesResponse,
  MetricsResponse,
} from '@otelier/query';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { MAX_SERIES } from '../../series/series.ts';
import { usePageWindow } from '../../time/page-window.tsx';

const TREND_STEPS = 24;

/** Returns the time window rounded to minutes, for queries that do not need live updates. */
function useMinuteRange(): { readonly start: number; readonly end: number } {
  const { startMillis, endMillis } = usePageWindow();
  const minute = 60_000;
  return { start: Math.floor(startMillis / minute) * minute, end: Math.ceil(endMillis / minute) * minute };
}

export function useMetrics(): QueryState<MetricsResponse> {
  return useApiQuery<MetricsResponse>({ path: '/metrics', params: { ...useMinuteRange(), limit: 2000 } });
}

/** Options for a metric's series. */
interface SeriesOptions {
  readonly shiftMillis?: number;
  readonly limit?: number;
  readonly enabled?: boolean;
}

/** Queries a metric's series for one aggregate, over the range or as long before it as `shiftMillis` says. */
export function useSeries(
  name: string,
  aggregate: string | undefined,
  { shiftMillis = 0, limit = MAX_SERIES, enabled = true }: SeriesOptions = {},
): QueryState<MetricSeriesResponse> {
  const { startMillis, endMillis, nowMillis, steps } = usePageWindow();
  const { by, where } = usePageSearch();
  return useApiQuery<MetricSeriesResponse>({
    path: '/metrics/series',
    params: {
      start: startMillis - shiftMillis,
      end: endMillis - shiftMillis,
      name,
      aggregate,
      group_by: by,
      where,
      steps,
      limit,
    },
    tick: nowMillis,
    enabled: enabled && aggregate !== undefined,
  });
}

/** Queries a metric's sparkline. */
export function useTrend(name: string, aggregate: string, enabled: boolean): QueryState<MetricSeriesResponse> {
  return useApiQuery<MetricSeriesResponse>({
    path: '/metrics/series',
    params: { ...useMinuteRange(), name, aggregate, steps: TREND_STEPS, limit: 1 },
    enabled,
  });
}

export function useLabels(name: string): QueryState<MetricLabelsResponse> {
  return useApiQuery<MetricLabelsResponse>({
    path: '/metrics/labels',
    params: { ...useMinuteRange(), name },
    keep: false,
  });
}

export function useLabelValues(name: string, key: string): QueryState<MetricLabelValuesResponse> {
  return useApiQuery<MetricLabelValuesResponse>({
    path: '/metrics/labels',
    params: { ...useMinuteRange(), name, key, limit: 100 },
    keep: false,
  });
}
