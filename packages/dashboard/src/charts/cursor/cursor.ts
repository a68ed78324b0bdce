import { useSyncExternalStore } from 'react';

let at: number | undefined;
const listeners = new Set<() => void>();

/** Where the pointer stands in time: one cursor for all charts of the page. */
export const pageCursor = {
  get: (): number | undefined => at,
  set(millis: number | undefined): void {
    if (millis === at) return;
    at = millis;
    for (const listener of listeners) listener();
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** The cursor's time, rendered again whenever it moves: only for small parts. */
export function useCursor(): number | undefined {
  return useSyncExternalStore(pageCursor.subscribe, pageCursor.get);
}
