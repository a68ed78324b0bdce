import type { LogRecord } from '@otelier/query';

/** The records of the live tail: shown, and waiting while the list is paused. */
export interface TailState {
  /** Newest first. */
  readonly shown: readonly LogRecord[];
  readonly waiting: readonly LogRecord[];
  /** Number of records dropped because a buffer or the stream was full. */
  readonly skipped: number;
}

const MAX_SHOWN = 5000;
const MAX_WAITING = 5000;

export const EMPTY_TAIL: TailState = { shown: [], waiting: [], skipped: 0 };

/** Adds new records, which can arrive out of order: to the list, or to the waiting records while `held`. */
export function arrive(state: TailState, records: readonly LogRecord[], held: boolean, skipped = 0): TailState {
  if (records.length === 0 && skipped === 0) return state;
  const newest = [...records].sort(byTime).reverse();
  if (held) {
    const waiting = [...newest, ...state.waiting];
    return {
      ...state,
      waiting: waiting.slice(0, MAX_WAITING),
      skipped: state.skipped + skipped + Math.max(0, waiting.length - MAX_WAITING),
    };
  }
  return {
    shown: [...newest, ...state.waiting, ...state.shown].slice(0, MAX_SHOWN),
    waiting: [],
    skipped: state.skipped + skipped,
  };
}

/** Compares by time. Nanosecond timestamps have the same number of digits until the year 2286. */
function byTime(a: LogRecord, b: LogRecord): number {
  return (
    a.timeNanos.length - b.timeNanos.length || (a.timeNanos < b.timeNanos ? -1 : Number(a.timeNanos > b.timeNanos))
  );
}

/** Moves the waiting records to the list. */
export function release(state: TailState): TailState {
  if (state.waiting.length === 0) return state;
  return { ...state, shown: [...state.waiting, ...state.shown].slice(0, MAX_SHOWN), waiting: [] };
}

/** Merges the tail with the queried records, without duplicates. */
export function mergeTail(shown: readonly LogRecord[], asked: readonly LogRecord[]): readonly LogRecord[] {
  if (shown.length === 0) return asked;
  const known = new Set(shown.map((record) => record.cursor));
  return [...shown, ...asked.filter((record) => !known.has(record.cursor))];
}
