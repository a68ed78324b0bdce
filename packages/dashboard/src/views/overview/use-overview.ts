import type { ErrorsResponse, HeatmapResponse, RedResponse, RoutesResponse, ServicesResponse } from '@otelier/query';
import type { Params } from '../../data/client.ts';
import { type ApiQuery, type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { useStatus } from '../../data/use-status.ts';
import { millisOf } from '../../format/time.ts';
import { usePageWindow } from '../../time/page-window.tsx';

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

/** Queries the services in the same range on the previous day, for comparison. */
export function useServicesDayBefore(): QueryState<ServicesResponse> {
  const { startMillis, endMillis } = usePageWindow();
  const minute = 60_000;
  const shift = (millis: number): number => Math.floor(millis / minute) * minute - 1440 * minute;
  return useOverviewQuery<ServicesResponse>({
    path: '/services',
    params: { start: shift(startMillis), end: shift(endMillis) },
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

export function useErrors(service?: string): QueryState<ErrorsResponse> {
  const { params, tick } = useRangeParams();
  return useOverviewQuery<ErrorsResponse>({
    path: '/errors',
    // Steps of whole minutes or quarters of a minute, which the store's summaries consist of.
    params: { ...params, steps: 20, limit: 50, service },
    tick,
  });
}

/** Returns the kinds of errors in the 24 hours before the range. All others are new. */
export function useErrorsBefore(): ReadonlySet<string> | undefined {
  const { startMillis } = usePageWindow();
  const end = Math.floor(startMillis / 60_000) * 60_000;
  const { data } = useOverviewQuery<ErrorsResponse>({
    path: '/errors',
    params: { start: end - 86_400_000, end, steps: 1, limit: 500 },
  });
  return data === undefined ? undefined : new Set(data.errors.map(errorKey));
}

/** Returns a key that identifies errors of the same kind. */
export function errorKey({ service, type, spanName }: ErrorsResponse['errors'][number]): string {
  return `${service}\n${type}\n${spanName}`;
}
