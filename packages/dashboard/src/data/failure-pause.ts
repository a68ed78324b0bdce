import type { RequestFailure } from './client.ts';

/** A failed query, with the number of its failures in a row. */
export interface FailedQuery {
  readonly question: string;
  readonly failure: RequestFailure;
  readonly count: number;
  /** Monotonic time of the last failure. */
  readonly atMillis: number;
}

/** Errors of the gateway rather than of the query: it stops, starts or is unreachable. */
const UNREACHABLE: ReadonlySet<string> = new Set(['unreachable', 'unavailable']);
const FIRST_PAUSE_MILLIS = 2_500;
const LAST_PAUSE_MILLIS = 30_000;

/** Counts a failure of a query. */
export function countFailure(
  before: FailedQuery | undefined,
  question: string,
  failure: RequestFailure,
  nowMillis: number,
): FailedQuery {
  const count = before?.question === question ? before.count + 1 : 1;
  return { question, failure, count, atMillis: nowMillis };
}

/** Returns the time to wait before the query is repeated: 2.5 s after the first failure, then twice as long up to 30 s. */
export function pauseMillis({ failure, count }: FailedQuery): number {
  if (isOutOfReach(failure)) return 0;
  return Math.min(LAST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS * 2 ** (count - 1));
}

/** Whether a repetition is useless or too early. */
export function isPaused(failed: FailedQuery, nowMillis: number): boolean {
  return isPermanent(failed.failure) || nowMillis < failed.atMillis + pauseMillis(failed);
}

/** Whether the query itself is wrong, so that it fails again. */
export function isPermanent({ status }: RequestFailure): boolean {
  return status >= 400 && status < 500;
}

/** Whether the gateway stops, starts or is unreachable. */
export function isOutOfReach({ code }: RequestFailure): boolean {
  return UNREACHABLE.has(code);
}
