import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type PageSearch, readSearch } from './search.ts';

/** Returns the search parameters in the URL. */
export function usePageSearch(): PageSearch {
  // The router merges validated parameters into the URL, which retains ignored ones.
  const raw: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  return useMemo(() => readSearch(raw), [raw]);
}

/**
 * Returns a function that changes some search parameters. Selecting a row replaces the history entry, whereas changing
 * the query (filters, range) adds one.
 */
export function useChangeSearch(): (change: PageSearch, history?: 'push' | 'replace') => void {
  const navigate = useNavigate();
  return useCallback(
    (change, history = 'push') => {
      void navigate({
        to: '.',
        search: (before: Record<string, unknown>) => ({ ...readSearch(before), ...change }),
        replace: history === 'replace',
        resetScroll: false,
      } as never);
    },
    [navigate],
  );
}
