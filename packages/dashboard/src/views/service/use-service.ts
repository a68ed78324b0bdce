import type {
  LogHistogramResponse,
  MetricsResponse,
  RoutesResponse,
  ServiceDetailResponse,
  ServiceGraphResponse,
} from '@otelier/query';
import { useMemo } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { graphOf, type MapGraph } from '../map/graph.ts';
import { useServices } from '../overview/use-overview.ts';

/** Least time between queries of a live view that read all items of the range. */
const REFRESH_MILLIS = 10_000;

function useTick(): number {
  return Math.floor(usePageWindow().nowMillis / REFRESH_MILLIS);
}

function useRange(): { readonly start: number; readonly end: number } {
  const { startMillis, endMillis } = usePageWindow();
  return { start: startMillis, end: endMillis };
}

/** Queries the versions, instances and resource attributes of a service. */
export function useServiceDetail(service: string): QueryState<ServiceDetailResponse> {
  const params = { ...useRange(), service, steps: 60 };
  return useApiQuery<ServiceDetailResponse>({ path: '/services/detail', params, tick: useTick(), batch: true });
}

/** Queries the operations of a service in the range, and in the range of equal length before it. */
export function useOperations(service: string): {
  readonly now: QueryState<RoutesResponse>;
  readonly before: RoutesResponse | undefined;
} {
  const { start, end } = useRange();
  const tick = useTick();
  const ask = { service, limit: 200 };
  const now = useApiQuery<RoutesResponse>({ path: '/routes', params: { start, end, ...ask }, tick, batch: true });
  const before = useApiQuery<RoutesResponse>({
    path: '/routes',
    params: { start: Math.max(0, start - (end - start)), end: start, ...ask },
    tick,
    batch: true,
  });
  return { now, before: before.data };
}

/** Queries the calls between services. */
export function useCalls(): QueryState<ServiceGraphResponse> & { readonly graph: MapGraph | undefined } {
  const result = useApiQuery<ServiceGraphResponse>({
    path: '/service-graph',
    params: useRange(),
    tick: useTick(),
    batch: true,
  });
  const services = useServices().data;
  const graph = useMemo(
    () => (result.data === undefined || services === undefined ? undefined : graphOf(services.services, result.data)),
    [result.data, services],
  );
  return { ...result, graph };
}

/** Queries the metrics that a service sends. */
export function useServiceMetrics(service: string): MetricsResponse['metrics'] | undefined {
  const { data } = useApiQuery<MetricsResponse>({
    path: '/metrics',
    params: { ...useRange(), limit: 2000 },
    tick: useTick(),
    batch: true,
  });
  return useMemo(() => data?.metrics.filter(({ services }) => services.includes(service)), [data, service]);
}

/** Queries the log records of a service over time, by severity. */
export function useServiceLogs(service: string): QueryState<LogHistogramResponse> {
  return useApiQuery<LogHistogramResponse>({
    path: '/logs/histogram',
    params: { ...useRange(), where: [writeCondition('service', '=', service)], steps: 30 },
    tick: useTick(),
    batch: true,
  });
}
