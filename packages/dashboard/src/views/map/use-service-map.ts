import type { ServiceGraphResponse, ServicesResponse } from '@otelier/query';
import { useMemo } from 'react';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { graphOf, type MapGraph } from './graph.ts';

/** Least time between queries of a live map, whose joins read all spans of the range. */
const REFRESH_MILLIS = 10_000;

/** A map of services with the extent of what was read. */
export interface ServiceMap {
  readonly graph: MapGraph;
  readonly sampling: number;
  /** Number of edges that the response does not contain. */
  readonly missingEdges: number;
}

/** Queries the services in the range and the calls between them. */
export function useServiceMap(): QueryState<ServiceMap> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const tick = Math.floor(nowMillis / REFRESH_MILLIS);
  const range = { start: startMillis, end: endMillis };
  const calls = useApiQuery<ServiceGraphResponse>({ path: '/service-graph', params: range, tick, batch: true });
  const services = useApiQuery<ServicesResponse>({ path: '/services', params: range, tick, batch: true });
  const data = useMemo((): ServiceMap | undefined => {
    if (calls.data === undefined || services.data === undefined) return undefined;
    return {
      graph: graphOf(services.data.services, calls.data),
      sampling: calls.data.sampling,
      missingEdges: calls.data.total - calls.data.edges.length,
    };
  }, [calls.data, services.data]);
  return {
    data,
    failure: calls.failure ?? services.failure,
    loading: calls.loading || services.loading,
    retry: () => {
      calls.retry();
      services.retry();
    },
  };
}
