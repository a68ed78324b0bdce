import { useMemo } from 'react';
import type { Params } from '../../data/client.ts';
import { usePageSearch } from '../../data/use-search.ts';

/** Returns the log filter in the URL as API parameters, without the time range. */
export function useLogFilter(): Params {
  const { where, text, trace, span } = usePageSearch();
  return useMemo(
    () => ({ where, text, trace_id: trace, span_id: trace === undefined ? undefined : span }),
    [where, text, trace, span],
  );
}
