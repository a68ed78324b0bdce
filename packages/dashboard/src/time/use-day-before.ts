import { useStatus } from '../data/use-status.ts';
import { millisOf } from '../format/time.ts';
import { usePageWindow } from './page-window.tsx';

/** How far back the range of the previous day is. */
export const DAY_MILLIS = 86_400_000;

/** Reports whether the store contains the whole range of the previous day. `undefined` until its status is known. */
export function useHasDayBefore(): boolean | undefined {
  const { startMillis } = usePageWindow();
  const status = useStatus().data;
  if (status === undefined) return undefined;
  const oldest = status.store?.oldestNanos;
  return oldest !== undefined && oldest !== null && millisOf(oldest) <= startMillis - DAY_MILLIS;
}
