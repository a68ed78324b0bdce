import type { TraceQuery, TraceSearchResult } from '../../contract.ts';
import { asBigInt, asNumber, asText, type ReadContext, select, where } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { type TimeSlice, timeSlices } from '../shared/time-slices.ts';
import { earlier, later } from '../shared/times.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { NewestCandidates } from './newest-candidates.ts';
import { summarizeRows } from './summarize-rows.ts';
import { type FoundTrace, firstMatches, matchConditions, summarize } from './trace-summaries.ts';

/** Number of traces per slice: a minimum, and per listed trace. */
const MIN_GROUPS = 200;
const GROUPS_PER_TRACE = 4;
/** How often the search is repeated with more traces per slice, and the factor by which their number grows. */
const ATTEMPTS = 4;
const GROWTH = 8;

/**
 * Returns the newest matching traces, ordered by their first matching span. Reads the newest spans first and stops when
 * no older span can change the result.
 */
export async function newestTraces(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceQuery,
  all: Files,
): Promise<TraceSearchResult> {
  const groups = groupsOf(query);
  for (let attempt = 1; ; attempt++) {
    const search = new NewestSearch(context, indexes, query, all, groups * GROWTH ** (attempt - 1));
    const found = await search.run(attempt === ATTEMPTS);
    if (found !== undefined) return found;
  }
}

/** Returns the number of traces to read at first from each part of the rows. */
export function groupsOf({ limit }: TraceQuery): number {
  return Math.max(MIN_GROUPS, limit * GROUPS_PER_TRACE);
}

/** A search from the newest spans on, which the engine reads. */
class NewestSearch {
  readonly #context: ReadContext;
  readonly #indexes: TraceIndexes;
  readonly #query: TraceQuery;
  readonly #all: Files;
  readonly #groups: number;
  readonly #found: NewestCandidates;

  constructor(context: ReadContext, indexes: TraceIndexes, query: TraceQuery, all: Files, groups: number) {
    this.#context = context;
    this.#indexes = indexes;
    this.#query = query;
    this.#all = all;
    this.#groups = groups;
    this.#found = new NewestCandidates(query);
  }

  /** Returns `undefined` if more traces per slice are needed, unless this is the last attempt. */
  async run(isLast: boolean): Promise<TraceSearchResult | undefined> {
    const found = this.#found;
    for (const slice of timeSlices(this.#all, this.#query, 'newest', this.#context.countedRows)) {
      if (!slice.files.isEmpty) await this.#read(slice);
      if (slice.isLast) break;
      const result = await this.#result(later(found.cut, slice.start));
      if (result !== undefined) return result;
    }
    return (await this.#result(found.cut)) ?? (isLast ? this.#result(undefined) : undefined);
  }

  async #read({ start, end, files }: TimeSlice): Promise<void> {
    const parameters = new ParameterBag();
    const conditions = where(matchConditions({ ...this.#query, start, end }, files, parameters));
    const rows = await select(
      this.#context,
      this.#query.tenant,
      `SELECT trace_id, epoch_ns(min(start_time)) AS time, count(*) OVER () AS total FROM ${files.relation} ` +
        `${conditions} GROUP BY trace_id ORDER BY time DESC LIMIT ${this.#groups}`,
      parameters,
    );
    const found = this.#found;
    for (const row of rows) found.add(asText(row['trace_id']), asBigInt(row['time']));
    if (rows.length === this.#groups) found.cut = later(found.cut, asBigInt(rows.at(-1)?.['time']));
    found.addTotal(asNumber(rows[0]?.['total']));
  }

  #result(bound: bigint | undefined): Promise<TraceSearchResult | undefined> {
    return this.#found.result(bound, (traceIds) => this.#summarize(traceIds, bound));
  }

  /** Summarizes traces and determines their first matching spans, of which some may not have been read. */
  async #summarize(traceIds: readonly string[], bound: bigint | undefined): Promise<readonly FoundTrace[]> {
    const files = await this.#indexes.select(this.#all, traceIds);
    const traces = await summarizeRows(this.#context, files, traceIds);
    if (traces === undefined) return summarize(this.#context, this.#query, files, traceIds);
    const { start, end, conditions, text } = this.#query;
    const unread = later(bound, this.#found.cut);
    const isUnread = (time: bigint): boolean => unread !== undefined && time >= start && time <= unread && time < end;
    const late = traces.filter(({ starts }) => starts.some(isUnread));
    const matches =
      conditions.length === 0 && !text
        ? new Map(
            late.map(({ summary, starts }) => [summary.traceId, starts.filter(isUnread).reduce(earlier, undefined)]),
          )
        : await firstMatches(
            this.#context,
            this.#query,
            files.overlapping(start, end),
            late.map(({ summary }) => summary.traceId),
          );
    return traces.map(({ summary }) => ({
      summary,
      firstMatch: earlier(this.#found.timeOf(summary.traceId), matches.get(summary.traceId)),
    }));
  }
}
