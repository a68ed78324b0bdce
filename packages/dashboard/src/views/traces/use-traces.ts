import type {
  Span,
  TraceHeatmapResponse,
  TraceReferencesResponse,
  TraceResponse,
  TracesResponse,
} from '@otelier/query';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { MAX_COLUMNS } from '../../parts/columns/columns.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { readOutline, type TraceOutline } from './trace-outline.ts';

export const MAX_HITS = 500;

/** Queries the traces that match the search in the URL. */
export function useTraces(): QueryState<TracesResponse> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { where, text, order, columns } = usePageSearch();
  return useApiQuery<TracesResponse>({
    path: '/traces',
    params: {
      start: startMillis,
      end: endMillis,
      where,
      text,
      order: order === 'duration' ? 'duration' : 'time',
      limit: MAX_HITS,
      column: columns?.slice(0, MAX_COLUMNS),
    },
    tick: nowMillis,
  });
}

/** Number of steps of the chart of traces. */
const HEATMAP_STEPS = 180;

/** Queries the number of traces of the whole range by start and duration. Needed if the list does not contain all. */
export function useTraceHeatmap(enabled: boolean): QueryState<TraceHeatmapResponse> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { where, text } = usePageSearch();
  return useApiQuery<TraceHeatmapResponse>({
    path: '/heatmap/traces',
    params: { start: startMillis, end: endMillis, where, text, steps: HEATMAP_STEPS },
    tick: nowMillis,
    enabled,
  });
}

/** Queries the outline of a trace. The data grows as the response arrives. */
export function useTraceOutline(traceId: string): QueryState<TraceOutline> {
  return useApiQuery<TraceOutline>({
    path: `/traces/${encodeURIComponent(traceId)}/outline`,
    keep: false,
    readLines: readOutline,
  });
}

/** Queries a trace's spans with a given ID, of which there is usually one. */
export function useSpans(traceId: string, spanId: string): QueryState<TraceResponse> {
  return useApiQuery<TraceResponse>({
    path: `/traces/${encodeURIComponent(traceId)}`,
    params: { span_id: spanId },
    keep: false,
  });
}

/** Returns the span that started at a time. Several have the same ID if a sender repeats it. */
export function spanStartedAt(data: TraceResponse | undefined, startNanos: string): Span | undefined {
  return data?.spans.find((span) => span.startNanos === startNanos) ?? data?.spans[0];
}

/** How long before and after a trace others may refer to it, in milliseconds. */
const REFERENCE_MILLIS = 3_600_000;

/** Queries what refers to a trace: links of other traces, and exemplars. */
export function useReferences(
  traceId: string,
  startMillis: number,
  endMillis: number,
): QueryState<TraceReferencesResponse> {
  return useApiQuery<TraceReferencesResponse>({
    path: `/traces/${encodeURIComponent(traceId)}/references`,
    params: { start: Math.floor(startMillis - REFERENCE_MILLIS), end: Math.ceil(endMillis + REFERENCE_MILLIS) },
    keep: false,
  });
}
