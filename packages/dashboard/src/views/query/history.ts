import { useSyncExternalStore } from 'react';
import { LANGUAGES, type Language } from '../../query/languages.ts';

/** A query that was run in this browser. */
export interface HistoryEntry {
  readonly language: Language;
  readonly text: string;
  readonly atMillis: number;
  /** What it returned, or why it failed. */
  readonly outcome: string;
  readonly failed: boolean;
}

const STORED = 'otelier.queries';
const MAX_ENTRIES = 200;
/** Longer queries are not kept, because the browser's storage is small. */
const MAX_TEXT = 10_000;
let entries: readonly HistoryEntry[] | undefined;
const listeners = new Set<() => void>();

/** The queries that were run in this browser, newest first. */
export const queryHistory = {
  get(): readonly HistoryEntry[] {
    entries ??= readStored();
    return entries;
  },
  /** Adds a query. One that was run before moves to the front. */
  add(entry: HistoryEntry): void {
    if (entry.text.length > MAX_TEXT) return;
    const others = queryHistory
      .get()
      .filter(({ language, text }) => language !== entry.language || text !== entry.text);
    replace([entry, ...others].slice(0, MAX_ENTRIES));
  },
  clear: (): void => replace([]),
};

/** Returns the history and renders again when it changes. */
export function useQueryHistory(): readonly HistoryEntry[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, queryHistory.get);
}

function replace(next: readonly HistoryEntry[]): void {
  entries = next;
  try {
    localStorage.setItem(STORED, JSON.stringify(next));
  } catch {
    // Storage may be blocked or full. The history then lasts for this visit.
  }
  for (const listener of listeners) listener();
}

function readStored(): readonly HistoryEntry[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isEntry).slice(0, MAX_ENTRIES) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is HistoryEntry {
  const entry = value as Partial<HistoryEntry> | null;
  return (
    typeof entry === 'object' &&
    entry !== null &&
    LANGUAGES.some(({ id }) => id === entry.language) &&
    typeof entry.text === 'string' &&
    Number.isFinite(entry.atMillis) &&
    typeof entry.outcome === 'string'
  );
}
