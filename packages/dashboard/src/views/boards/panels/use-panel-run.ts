import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { RequestFailure } from '../../../data/client.ts';
import { expandMacros, type QueryWindow, type Variables } from '../../../query/macros.ts';
import { queryWindow } from '../../../query/query-grid.ts';
import type { QueryResultData } from '../../../query/result.ts';
import { runQuery } from '../../../query/run-query.ts';
import { failureOf } from '../../../query/use-query-run.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import type { QueryPanel } from '../model/board.ts';

/** The results of a panel's queries. */
export interface PanelRun {
  readonly data: { readonly results: readonly QueryResultData[]; readonly window: QueryWindow } | undefined;
  readonly failure: RequestFailure | undefined;
  readonly retry: () => void;
}

/** Runs the queries of a panel over the range of the page, or as long before it as `shiftMillis` says. */
export function usePanelRun(
  { language, queries, shape }: Pick<QueryPanel, 'language' | 'queries' | 'shape'>,
  variables: Variables,
  shiftMillis = 0,
  enabled = true,
): PanelRun {
  const shown = queryWindow(usePageWindow());
  const window = {
    ...shown,
    startMillis: shown.startMillis - shiftMillis,
    endMillis: shown.endMillis - shiftMillis,
  };
  const texts = queries.map(({ text }) => text).filter((text) => text.trim() !== '');
  const withExemplars = shiftMillis === 0 && shape === 'lines';
  const expanded = texts.map((text) => expandMacros(text, window, variables).text);
  const query = useQuery({
    queryKey: ['panel', language, expanded, window.startMillis, window.endMillis, withExemplars],
    queryFn: async ({ signal }) => ({
      results: await Promise.all(
        texts.map((text) => runQuery({ language, text, window, variables, withExemplars }, signal)),
      ),
      window,
    }),
    enabled: enabled && texts.length > 0,
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
  return {
    data: query.data,
    failure: query.error === null || query.isFetching ? undefined : failureOf(query.error),
    retry: () => void query.refetch(),
  };
}
