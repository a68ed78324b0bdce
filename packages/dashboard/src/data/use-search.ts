import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { type PageSearch, readSearch } from './search.ts';

/** What the address says. */
export function usePageSearch(): PageSearch {
  return useSearch({ strict: false }) as PageSearch;
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
