import { useSyncExternalStore } from 'react';

let at: number | undefined;
const listeners = new Set<() => void>();

/** The time under the pointer, shared by all charts on the page. */
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

/** Returns the cursor's time and rerenders on every move. Use it only in small components. */
export function useCursor(): number | undefined {
  return useSyncExternalStore(pageCursor.subscribe, pageCursor.get);
}
