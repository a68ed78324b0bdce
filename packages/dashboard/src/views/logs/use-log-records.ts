import type { LogRecord, LogsResponse } from '@otelier/query';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { getJson, type Params, RequestFailure } from '../../data/client.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { usePageWindow } from '../../time/page-window.tsx';

const PAGE = 200;

/** The matching records, loaded page by page. */
export interface LogRecords {
  readonly records: readonly LogRecord[];
  readonly failure: RequestFailure | undefined;
  readonly loading: boolean;
  readonly loadingMore: boolean;
  readonly more: () => void;
  readonly hasMore: boolean;
  readonly retry: () => void;
}

/**
 * Queries the records in the time window. A live view queries only when the filter or the epoch changes; the tail adds
 * new records.
 */
export function useLogRecords(filter: Params, order: 'newest' | 'oldest', epoch: number): LogRecords {
  const range = useAnchoredRange(filter, order, epoch);
  const query = useInfiniteQuery({
    queryKey: ['/logs', filter, order, range],
    queryFn: ({ signal, pageParam }) =>
      getJson<LogsResponse>('/logs', { ...filter, ...range, order, limit: PAGE, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
  const records = useMemo(() => query.data?.pages.flatMap((page) => page.logs) ?? [], [query.data]);
  return {
    records,
    failure: query.error instanceof RequestFailure && records.length === 0 ? query.error : undefined,
    loading: query.isPending,
    loadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    hasMore: query.hasNextPage,
    retry: () => void query.refetch(),
  };
}

/** Returns the time window as of the last filter change, so that a live view does not query on every tick. */
function useAnchoredRange(
  filter: Params,
  order: string,
  epoch: number,
): { readonly start: number; readonly end: number } {
  const { startMillis, endMillis } = usePageWindow();
  const { last, at, from, to } = usePageSearch();
  const question = JSON.stringify([filter, order, last, at, from, to, epoch]);
  const [anchor, setAnchor] = useState({ question, start: startMillis, end: endMillis });
  const current = anchor.question === question ? anchor : { question, start: startMillis, end: endMillis };
  if (current !== anchor) setAnchor(current);
  return useMemo(() => ({ start: current.start, end: current.end }), [current.start, current.end]);
}
