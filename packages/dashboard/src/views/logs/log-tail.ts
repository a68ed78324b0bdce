import type { LogRecord } from '@otelier/query';
import { recordKey } from '../../data/record-key.ts';

/** The records of the live tail: those shown, and those waiting while the list is paused. */
export interface TailState {
  /** Records in the list, newest first. */
  readonly shown: readonly LogRecord[];
  readonly waiting: readonly LogRecord[];
  /** Number of records missing from `shown` because a buffer or the stream was full. */
  readonly skipped: number;
  /** Number of records missing from `waiting`. */
  readonly skippedWaiting: number;
}

const MAX_SHOWN = 5000;
const MAX_WAITING = 5000;

export const EMPTY_TAIL: TailState = { shown: [], waiting: [], skipped: 0, skippedWaiting: 0 };

/** Adds new records, which may arrive out of order, to the list or, while `held`, to the waiting records. */
export function addRecords(state: TailState, records: readonly LogRecord[], held: boolean, skipped = 0): TailState {
  if (records.length === 0 && skipped === 0) return state;
  const newest = [...records].sort(byTime).reverse();
  const waiting = [...newest, ...state.waiting];
  const next = {
    ...state,
    waiting: waiting.slice(0, MAX_WAITING),
    skippedWaiting: state.skippedWaiting + skipped + Math.max(0, waiting.length - MAX_WAITING),
  };
  return held ? next : showWaiting(next);
}

/** Compares records by time. Nanosecond timestamps have the same number of digits until the year 2286. */
function byTime(a: LogRecord, b: LogRecord): number {
  return (
    a.timeNanos.length - b.timeNanos.length || (a.timeNanos < b.timeNanos ? -1 : Number(a.timeNanos > b.timeNanos))
  );
}

/** Moves the waiting records to the list. */
export function showWaiting(state: TailState): TailState {
  if (state.waiting.length === 0 && state.skippedWaiting === 0) return state;
  const shown = [...state.waiting, ...state.shown];
  return {
    shown: shown.slice(0, MAX_SHOWN),
    waiting: [],
    skipped: state.skipped + state.skippedWaiting + Math.max(0, shown.length - MAX_SHOWN),
    skippedWaiting: 0,
  };
}

/** Returns the number of records that have arrived since the list was paused. */
export function arrivedSince({ waiting, skippedWaiting }: TailState): number {
  return waiting.length + skippedWaiting;
}

/** Merges the records of the tail and the query, without duplicates. */
export function mergeTail(shown: readonly LogRecord[], asked: readonly LogRecord[]): readonly LogRecord[] {
  if (shown.length === 0) return asked;
  const known = new Set(shown.map(recordKey));
  return [...shown, ...asked.filter((record) => !known.has(recordKey(record)))];
}
