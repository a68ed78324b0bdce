import type { LogRecord } from '@otelier/query';

/** What the live tail has brought: shown, and held back while the list must not move. */
export interface TailState {
  /** Newest first. */
  readonly shown: readonly LogRecord[];
  readonly waiting: readonly LogRecord[];
  /** Records that were too many to keep or to send. */
  readonly skipped: number;
}

const MAX_SHOWN = 5000;
const MAX_WAITING = 5000;

export const EMPTY_TAIL: TailState = { shown: [], waiting: [], skipped: 0 };

/** Takes records as they arrived, which is not always their order: on top of the list, or among those that wait. */
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

/** By time; texts of nanoseconds have the same length for centuries. */
function byTime(a: LogRecord, b: LogRecord): number {
  return (
    a.timeNanos.length - b.timeNanos.length || (a.timeNanos < b.timeNanos ? -1 : Number(a.timeNanos > b.timeNanos))
  );
}

/** Shows what waits. */
export function release(state: TailState): TailState {
  if (state.waiting.length === 0) return state;
  return { ...state, shown: [...state.waiting, ...state.shown].slice(0, MAX_SHOWN), waiting: [] };
}

/** The list as a whole: the tail before what was asked for, each record once. */
export function mergeTail(shown: readonly LogRecord[], asked: readonly LogRecord[]): readonly LogRecord[] {
  if (shown.length === 0) return asked;
  const known = new Set(shown.map((record) => record.cursor));
  return [...shown, ...asked.filter((record) => !known.has(record.cursor))];
}
