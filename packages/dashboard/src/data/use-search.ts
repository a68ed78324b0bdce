import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type PageSearch, readSearch } from './search.ts';

/** Returns the search parameters of the address. */
export function usePageSearch(): PageSearch {
  // The router merges validated parameters into the address, which keeps ignored ones.
  const raw: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  return useMemo(() => readSearch(raw), [raw]);
}

/**
 * Changes search parameters and keeps the rest. Selecting a row replaces the history entry; changing the query (filters,
 * range) adds one.
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
