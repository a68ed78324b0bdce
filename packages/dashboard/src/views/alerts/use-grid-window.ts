import { useMemo } from 'react';
import { usePageWindow } from '../../time/page-window.tsx';

/** The range of range queries, on whole steps. */
export interface GridWindow {
  readonly startMillis: number;
  readonly endMillis: number;
  readonly stepMillis: number;
}

/** Number of steps of a range query. */
const STEPS = 120;
/** Rules are rarely evaluated more often. */
const MIN_STEP_MILLIS = 15_000;

/** Returns the page's range on steps that change rarely, so that a live view does not query all the time. */
export function useGridWindow(): GridWindow {
  const { startMillis, endMillis } = usePageWindow();
  const stepMillis = Math.max(MIN_STEP_MILLIS, Math.ceil((endMillis - startMillis) / STEPS / 1000) * 1000);
  const start = Math.floor(startMillis / stepMillis) * stepMillis;
  const end = Math.ceil(endMillis / stepMillis) * stepMillis;
  return useMemo(() => ({ startMillis: start, endMillis: end, stepMillis }), [start, end, stepMillis]);
}
