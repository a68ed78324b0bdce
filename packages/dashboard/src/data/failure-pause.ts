import type { RequestFailure } from './client.ts';

/** A failed query, with its number of consecutive failures. */
export interface FailedQuery {
  readonly question: string;
  readonly failure: RequestFailure;
  readonly count: number;
  /** Monotonic time of the last failure. */
  readonly atMillis: number;
}

/** Error codes caused by the gateway rather than the query: it is stopping, starting or unreachable. */
const UNREACHABLE: ReadonlySet<string> = new Set(['unreachable', 'unavailable']);
const FIRST_PAUSE_MILLIS = 2_500;
const LAST_PAUSE_MILLIS = 30_000;

/** Records a query's failure. */
export function countFailure(
  before: FailedQuery | undefined,
  question: string,
  failure: RequestFailure,
  nowMillis: number,
): FailedQuery {
  const count = before?.question === question ? before.count + 1 : 1;
  return { question, failure, count, atMillis: nowMillis };
}

/** Returns how long to wait before repeating the query: 2.5 s after the first failure, doubling up to 30 s. */
export function pauseMillis({ failure, count }: FailedQuery): number {
  if (isOutOfReach(failure)) return 0;
  return Math.min(LAST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS * 2 ** (count - 1));
}

/** Reports whether repeating the query is useless or too early. */
export function isPaused(failed: FailedQuery, nowMillis: number): boolean {
  return isPermanent(failed.failure) || nowMillis < failed.atMillis + pauseMillis(failed);
}

/** Reports whether the query itself is invalid, so that it would fail again. */
export function isPermanent({ status }: RequestFailure): boolean {
  return status >= 400 && status < 500;
}

/** Reports whether the gateway is stopping, starting or unreachable. */
export function isOutOfReach({ code }: RequestFailure): boolean {
  return UNREACHABLE.has(code);
}
