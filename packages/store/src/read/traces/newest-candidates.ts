import type { TraceQuery, TraceSearchResult } from '../../contract.ts';
import { earlier, later } from '../shared/times.ts';
import type { FoundTrace } from './trace-summaries.ts';

/** Number of additional traces to summarize, because the earliest spans of some listed traces may be in older files. */
const SPARE_TRACES = 10;

/** Returns the number of traces to summarize. */
export function summarizedOf({ limit }: TraceQuery): number {
  return limit + SPARE_TRACES;
}

/**
 * The traces that a search from the newest spans on has found so far. Each has a time, the start of its first matching
 * span, which spans that have not been read can only lower.
 */
export class NewestCandidates {
  readonly #limit: number;
  readonly #times = new Map<string, bigint>();
  /** The latest time at which there were more traces than were added. */
  cut: bigint | undefined;
  #total = 0;

  constructor({ limit }: TraceQuery) {
    this.#limit = limit;
  }

  add(traceId: string, time: bigint): void {
    this.#times.set(traceId, earlier(this.#times.get(traceId), time) ?? time);
  }

  /** Sets the number of traces of a part of the rows. There are at least as many in all. */
  addTotal(total: number): void {
    this.#total = Math.max(this.#times.size, this.#total, total);
  }

  timeOf(traceId: string): bigint | undefined {
    return this.#times.get(traceId);
  }

  /**
   * Returns the first traces if they are certain; otherwise `undefined`. Traces that have not been found are not newer than
   * `bound`. `summarize` returns traces with their first matching spans, including those that have not been read.
   */
  async result(
    bound: bigint | undefined,
    summarize: (traceIds: readonly string[]) => Promise<readonly FoundTrace[]>,
  ): Promise<TraceSearchResult | undefined> {
    const limit = this.#limit;
    const candidates = [...this.#times].sort(newestFirst);
    const checked = candidates.slice(0, limit + SPARE_TRACES);
    const certain = bound === undefined ? undefined : later(bound, candidates[checked.length]?.[1]);
    const isCertain = (time: bigint): boolean => certain === undefined || time >= certain;
    if (certain !== undefined && checked.filter(([, time]) => isCertain(time)).length < limit) return undefined;
    const found = checked.length === 0 ? [] : await summarize(checked.map(([traceId]) => traceId));
    const first = found
      .filter(({ firstMatch }) => firstMatch !== undefined && isCertain(firstMatch))
      .sort((a, b) => newestFirst([a.summary.traceId, a.firstMatch ?? 0n], [b.summary.traceId, b.firstMatch ?? 0n]));
    if (certain !== undefined && first.length < limit) return undefined;
    return {
      total: this.#total,
      ...(bound !== undefined || this.cut !== undefined ? { totalIsLowerBound: true } : {}),
      traces: first.slice(0, limit).map(({ summary }) => summary),
    };
  }
}

/** Compares traces with their times: newest first, and by ID if the times are equal. */
function newestFirst([a, timeA]: readonly [string, bigint], [b, timeB]: readonly [string, bigint]): number {
  if (timeA !== timeB) return timeA > timeB ? -1 : 1;
  return a < b ? -1 : 1;
}
