import type { TraceAnswer, TracesAnswer } from '@otelier/query';
import { type Answer, useAnswer } from '../../data/use-answer.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { usePageWindow } from '../../time/page-window.tsx';

export const MOST_HITS = 500;

/** Traces that match what the address asks for. */
export function useTraces(): Answer<TracesAnswer> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { where, text, order } = usePageSearch();
  return useAnswer<TracesAnswer>({
    path: '/traces',
    params: {
      start: startMillis,
      end: endMillis,
      where,
      text,
      order: order === 'duration' ? 'duration' : 'time',
      limit: MOST_HITS,
    },
    tick: nowMillis,
  });
}

/** All spans of one trace. */
export function useTrace(traceId: string): Answer<TraceAnswer> {
  return useAnswer<TraceAnswer>({ path: `/traces/${encodeURIComponent(traceId)}`, keep: false });
}
