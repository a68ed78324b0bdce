/** A trace that was opened in this browser. */
export interface RecentTrace {
  readonly traceId: string;
  /** Name of its root span. */
  readonly name: string;
}

const ENTRIES = 'otelier.recent-entries';
const TRACES = 'otelier.recent-traces';
const MAX_ENTRIES = 8;
const MAX_TRACES = 50;

/** Returns the IDs of the palette entries that were run last, newest first. */
export function recentEntries(): readonly string[] {
  return read(ENTRIES).filter((one) => typeof one === 'string');
}

/** Stores that a palette entry was run. */
export function rememberEntry(id: string): void {
  write(ENTRIES, [id, ...recentEntries().filter((one) => one !== id)].slice(0, MAX_ENTRIES));
}

/** Returns the traces that were opened last, newest first. */
export function recentTraces(): readonly RecentTrace[] {
  return read(TRACES).filter(isTrace);
}

/** Stores that a trace was opened. */
export function rememberTrace(trace: RecentTrace): void {
  write(TRACES, [trace, ...recentTraces().filter(({ traceId }) => traceId !== trace.traceId)].slice(0, MAX_TRACES));
}

function isTrace(value: unknown): value is RecentTrace {
  const trace = value as Partial<RecentTrace> | null;
  return (
    typeof trace === 'object' && trace !== null && typeof trace.traceId === 'string' && typeof trace.name === 'string'
  );
}

function read(key: string): readonly unknown[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored : [];
  } catch {
    return [];
  }
}

function write(key: string, value: readonly unknown[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be blocked or full. Recent entries are then not listed.
  }
}
