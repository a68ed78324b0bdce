import { usePageWindow } from '../../time/page-window.tsx';

/** Returns the time window in steps of a part of its length, for queries that need no live updates. */
export function useSettledRange(): { readonly start: number; readonly end: number } {
  const { startMillis, endMillis } = usePageWindow();
  const grain = Math.max(5000, Math.round((endMillis - startMillis) / 120));
  return { start: Math.floor(startMillis / grain) * grain, end: Math.ceil(endMillis / grain) * grain };
}
