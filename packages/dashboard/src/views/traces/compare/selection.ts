import type { CompareTracesResponse } from '@otelier/query';
import type { PageSearch } from '../../../data/search.ts';
import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import { readBox } from './box.ts';

/** Reports whether traces are selected for a comparison. */
export function hasSelection({ box, select = [] }: PageSearch): boolean {
  return readBox(box) !== undefined || select.length > 0;
}

/** Compares the selected traces with the others. */
export function useComparison(): QueryState<CompareTracesResponse> {
  const search = usePageSearch();
  const { startMillis, endMillis } = usePageWindow();
  const { where, text, select, baseline } = search;
  const box = readBox(search.box);
  return useApiQuery<CompareTracesResponse>({
    path: '/compare',
    params: {
      start: startMillis,
      end: endMillis,
      where,
      text,
      select,
      select_start: box?.fromMillis,
      select_end: box?.toMillis,
      select_min: box?.minNanos,
      select_max: box?.maxNanos,
      baseline: baseline === 'before' ? 'before' : 'rest',
    },
    enabled: hasSelection(search),
    keep: false,
  });
}
