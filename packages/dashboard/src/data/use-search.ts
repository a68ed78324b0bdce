import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type PageSearch, readSearch } from './search.ts';

/** What the address says. */
export function usePageSearch(): PageSearch {
  // The router adds what it validated to what stands in the address, and leaves in what was ignored.
  const raw: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  return useMemo(() => readSearch(raw), [raw]);
}

/**
 * Changes some of what the address says and keeps the rest. Choosing a row replaces the entry of the history; what
 * changes the question (filters, range) adds one.
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
