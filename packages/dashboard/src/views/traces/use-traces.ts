import type { TraceResponse, TracesResponse } from '@otelier/query';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { usePageWindow } from '../../time/page-window.tsx';

export const MAX_HITS = 500;

/** Traces that match what the address asks for. */
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

/** All spans of one trace. */
export function useTrace(traceId: string): QueryState<TraceResponse> {
  return useApiQuery<TraceResponse>({ path: `/traces/${encodeURIComponent(traceId)}`, keep: false });
}
