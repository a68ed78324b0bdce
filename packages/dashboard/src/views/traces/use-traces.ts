import type { TraceResponse, TracesResponse } from '@otelier/query';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { usePageWindow } from '../../time/page-window.tsx';

export const MAX_HITS = 500;

/** Queries the traces that match the search in the address. */
export function useTraces(): QueryState<TracesResponse> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { where, text, order } = usePageSearch();
  return useApiQuery<TracesResponse>({
    path: '/traces',
    params: {
      start: startMillis,
      end: endMillis,
      where,
      text,
      order: order === 'duration' ? 'duration' : 'time',
      limit: MAX_HITS,
    },
    tick: nowMillis,
  });
}

/** Queries all spans of a trace. */
export function useTrace(traceId: string): QueryState<TraceResponse> {
  return useApiQuery<TraceResponse>({ path: `/traces/${encodeURIComponent(traceId)}`, keep: false });
}
