import { useMemo } from 'react';
import type { Params } from '../../data/client.ts';
import { usePageSearch } from '../../data/use-search.ts';

/** What the address asks for, as the API's log requests take it, without the time. */
export function useLogFilter(): Params {
  const { where, text, trace, span } = usePageSearch();
  return useMemo(
    () => ({ where, text, trace_id: trace, span_id: trace === undefined ? undefined : span }),
    [where, text, trace, span],
  );
}
