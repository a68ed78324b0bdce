import type { HeatmapResponse, RedResponse, RoutesResponse, ServicesResponse } from '@otelier/query';
import type { Params } from '../../data/client.ts';
import { type ApiQuery, type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { useStatus } from '../../data/use-status.ts';
import { millisOf } from '../../format/time.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { DAY_MILLIS } from '../../time/use-day-before.ts';

/** Returns the start and end of the time window as API parameters. */
export function useRangeParams(): { readonly params: Params; readonly tick: number } {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  return { params: { start: startMillis, end: endMillis }, tick: nowMillis };
}

/** Returns the number of seconds of the range that can contain data, from the oldest row until now. */
export function useCoveredSeconds(): number {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const oldest = useStatus().data?.store?.oldestNanos;
  const from = oldest === undefined || oldest === null ? startMillis : Math.max(startMillis, millisOf(oldest));
  return Math.max(1, (Math.min(endMillis, nowMillis) - from) / 1000);
}

/** Queries the API together with the other parts of the view. */
function useOverviewQuery<Data>(question: ApiQuery): QueryState<Data> {
  return useApiQuery<Data>({ ...question, batch: true });
}

export function useServices(): QueryState<ServicesResponse> {
  const { params, tick } = useRangeParams();
  return useOverviewQuery<ServicesResponse>({ path: '/services', params, tick });
}

/** Step of the start and end of the previous range, so that it is queried again once per minute. */
const MINUTE_MILLIS = 60_000;

/** Queries the services in the same range on the previous day, for comparison. */
export function useServicesDayBefore(enabled: boolean): QueryState<ServicesResponse> {
  const { startMillis, endMillis } = usePageWindow();
  const earlier = (millis: number): number => Math.floor(millis / MINUTE_MILLIS) * MINUTE_MILLIS - DAY_MILLIS;
  return useOverviewQuery<ServicesResponse>({
    path: '/services',
    params: { start: earlier(startMillis), end: earlier(endMillis) },
    enabled,
  });
}

export function useRed(groupBy: 'service' | 'none', steps: number, service?: string): QueryState<RedResponse> {
  const { params, tick } = useRangeParams();
  return useOverviewQuery<RedResponse>({
    path: '/red',
    params: { ...params, group_by: groupBy, steps, service },
    tick,
  });
}

export function useHeatmap(steps: number, service?: string): QueryState<HeatmapResponse> {
  const { params, tick } = useRangeParams();
  return useOverviewQuery<HeatmapResponse>({ path: '/heatmap', params: { ...params, steps, service }, tick });
}

export function useRoutes(service?: string): QueryState<RoutesResponse> {
  const { params, tick } = useRangeParams();
  return useOverviewQuery<RoutesResponse>({ path: '/routes', params: { ...params, limit: 100, service }, tick });
}
