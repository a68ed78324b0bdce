import type { ProcessHistory } from '@otelier/query';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageWindow } from '../../time/page-window.tsx';

const STEPS = 120;
/** The gateway takes a sample every five seconds. */
const REFRESH_MILLIS = 5_000;

/** Returns the past of the process in the page's time range. */
export function useHistory(): QueryState<ProcessHistory> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  return useApiQuery<ProcessHistory>({
    path: '/process/history',
    params: { start: startMillis, end: endMillis, steps: STEPS },
    tick: Math.floor(nowMillis / REFRESH_MILLIS),
  });
}
