import type { MetricLabelsAnswer, MetricLabelValuesAnswer, MetricSeriesAnswer, MetricsAnswer } from '@otelier/query';
import { type Answer, useAnswer } from '../../data/use-answer.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { MOST_SERIES } from './series.ts';

const TREND_STEPS = 24;

/** The page's time in whole minutes, for what need not follow every tick. */
function useCalmRange(): { readonly start: number; readonly end: number } {
  const { startMillis, endMillis } = usePageWindow();
  const minute = 60_000;
  return { start: Math.floor(startMillis / minute) * minute, end: Math.ceil(endMillis / minute) * minute };
}

export function useMetrics(): Answer<MetricsAnswer> {
  return useAnswer<MetricsAnswer>({ path: '/metrics', params: { ...useCalmRange(), limit: 2000 } });
}

/** Series of a metric by one aggregate. */
export function useSeries(name: string, aggregate: string | undefined): Answer<MetricSeriesAnswer> {
  const { startMillis, endMillis, nowMillis, steps } = usePageWindow();
  const { by, where } = usePageSearch();
  return useAnswer<MetricSeriesAnswer>({
    path: '/metrics/series',
    params: {
      start: startMillis,
      end: endMillis,
      name,
      aggregate,
      group_by: by,
      where,
      steps,
      // One more than is drawn tells whether there are more.
      limit: MOST_SERIES + 1,
    },
    tick: nowMillis,
    enabled: aggregate !== undefined,
  });
}

/** A metric as one small line. */
export function useTrend(name: string, aggregate: string, enabled: boolean): Answer<MetricSeriesAnswer> {
  return useAnswer<MetricSeriesAnswer>({
    path: '/metrics/series',
    params: { ...useCalmRange(), name, aggregate, steps: TREND_STEPS, limit: 1 },
    enabled,
  });
}

export function useLabels(name: string): Answer<MetricLabelsAnswer> {
  return useAnswer<MetricLabelsAnswer>({ path: '/metrics/labels', params: { ...useCalmRange(), name }, keep: false });
}

export function useLabelValues(name: string, key: string): Answer<MetricLabelValuesAnswer> {
  return useAnswer<MetricLabelValuesAnswer>({
    path: '/metrics/labels',
    params: { ...useCalmRange(), name, key, limit: 100 },
    keep: false,
  });
}
