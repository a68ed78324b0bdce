import { useSyncExternalStore } from 'react';
import type { ReportEntry } from './imported-board.ts';

const byBoard = new Map<string, readonly ReportEntry[]>();
const listeners = new Set<() => void>();

/** What was not imported, by the ID of the board, until the user has read it. */
export const reports = {
  set(id: string, entries: readonly ReportEntry[]): void {
    byBoard.set(id, entries);
    for (const listener of listeners) listener();
  },
  remove(id: string): void {
    byBoard.delete(id);
    for (const listener of listeners) listener();
  },
};

export function useReport(id: string): readonly ReportEntry[] | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => byBoard.get(id),
  );
}
