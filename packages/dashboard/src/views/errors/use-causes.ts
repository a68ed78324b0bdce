import type { ErrorCause, ErrorCausesResponse } from '@otelier/query';
import { useMemo } from 'react';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { useStatus } from '../../data/use-status.ts';
import { millisOf } from '../../format/time.ts';
import { usePageWindow } from '../../time/page-window.tsx';

/** Least time between queries of a live view, which read all failed spans of the range. */
const REFRESH_MILLIS = 5_000;
/** How far back the first occurrence of a cause is searched. */
const HISTORY_MILLIS = 7 * 86_400_000;
const MAX_CAUSES = 200;
const STEPS = 30;

/** The orders of causes. */
export type CauseOrder = 'new' | 'count' | 'users';

/** Queries the errors in the range by cause. */
export function useCauses(
  service?: string,
  { batch = false, refreshMillis = REFRESH_MILLIS }: { readonly batch?: boolean; readonly refreshMillis?: number } = {},
): QueryState<ErrorCausesResponse> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  return useApiQuery<ErrorCausesResponse>({
    path: '/errors/causes',
    params: { start: startMillis, end: endMillis, steps: STEPS, limit: MAX_CAUSES, history: HISTORY_MILLIS, service },
    tick: Math.floor(nowMillis / refreshMillis),
    batch,
  });
}

/**
 * Returns whether a cause is new in the range. If there is little data before the range, new and known causes cannot be
 * told apart.
 */
export function useIsNew(): (cause: ErrorCause) => boolean {
  const oldest = useStatus().data?.store?.oldestNanos;
  const { startMillis, nowMillis } = usePageWindow();
  return useMemo(() => {
    const length = nowMillis - startMillis;
    const past = oldest === undefined || oldest === null ? 0 : startMillis - millisOf(oldest);
    // With a short history, rare causes would seem new at the start of the range.
    const from = startMillis + (past < length * 4 ? length * 0.1 : 0);
    return (cause) => past > length / 2 && millisOf(cause.firstSeenNanos) > from;
  }, [oldest, startMillis, nowMillis]);
}

/** Returns whether no request failed for a cause, because callers handled it. */
export function isHandled(cause: ErrorCause): boolean {
  return cause.failedRequests === 0;
}

/** Returns a comparator of causes: handled ones last, then by the order, then the most frequent first. */
export function compareCauses(
  order: CauseOrder,
  isNew: (cause: ErrorCause) => boolean,
): (a: ErrorCause, b: ErrorCause) => number {
  return (a, b) =>
    Number(isHandled(a)) - Number(isHandled(b)) ||
    (order === 'new' ? Number(isNew(b)) - Number(isNew(a)) : order === 'users' ? b.users - a.users : 0) ||
    b.count - a.count;
}
