import type { TraceQuery, TraceSearchResult, TraceSummary } from '../../contract.ts';
import { asBigInt, asNumber, asText, type ReadContext, type Row, select, where } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { type TimeSlice, timeSlices } from '../shared/time-slices.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { summarizeRows } from './summarize-rows.ts';
import { type FoundTrace, firstMatches, matchConditions, summarize } from './trace-summaries.ts';

/** Number of additional traces to summarize, because the earliest spans of some listed traces may be in older files. */
const SPARE_TRACES = 10;
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
  pending?: PendingTraces,
): Promise<TraceSearchResult> {
  const groups = groupsOf(query);
  for (let attempt = 1; ; attempt++) {
    const search = new NewestSearch(context, indexes, query, all, groups * GROWTH ** (attempt - 1), pending);
    const found = await search.run(attempt === ATTEMPTS);
    if (found !== undefined) return found;
  }
}

/** Returns the number of traces to read at first from each part of the rows. */
export function groupsOf({ limit }: TraceQuery): number {
  return Math.max(MIN_GROUPS, limit * GROUPS_PER_TRACE);
}

/** Returns the number of traces to summarize. */
export function summarizedOf({ limit }: TraceQuery): number {
  return limit + SPARE_TRACES;
}

/** The traces in pending rows that no file contains. */
export interface PendingTraces {
  /** The newest traces with the starts of their first spans in the query's range, newest first. */
  readonly newest: readonly { readonly traceId: string; readonly time: bigint }[];
  /** Number of traces in the range, of which there may be more than in `newest`. */
  readonly total: number;
  /** Returns the pending rows of traces. */
  readonly rows: (traceIds: readonly string[]) => Promise<readonly Row[]>;
}

/**
 * A search from the newest spans on. Each trace found so far has a time, the start of its first matching span, which
 * spans that have not been read can only lower. Traces that have not been found are older than `#bound`.
 */
class NewestSearch {
  readonly #context: ReadContext;
  readonly #indexes: TraceIndexes;
  readonly #query: TraceQuery;
  readonly #all: Files;
  readonly #groups: number;
  readonly #times = new Map<string, bigint>();
  /** The latest time at which a slice had more traces than were read. */
  #cut: bigint | undefined;
  #total = 0;
  readonly #pending: PendingTraces | undefined;

  constructor(
    context: ReadContext,
    indexes: TraceIndexes,
    query: TraceQuery,
    all: Files,
    groups: number,
    pending: PendingTraces | undefined,
  ) {
    this.#context = context;
    this.#indexes = indexes;
    this.#query = query;
    this.#all = all;
    this.#groups = groups;
    this.#pending = pending;
  }

  /** Returns `undefined` if more traces per slice are needed, unless this is the last attempt. */
  async run(isLast: boolean): Promise<TraceSearchResult | undefined> {
    const ofPending = this.#pending && (await this.#readPending(this.#pending));
    if (ofPending !== undefined) return ofPending;
    for (const slice of timeSlices(this.#all, this.#query, 'newest', this.#context.countedRows)) {
      if (!slice.files.isEmpty) await this.#read(slice);
      if (slice.isLast) break;
      const found = await this.#result(later(this.#cut, slice.start));
      if (found !== undefined) return found;
    }
    return (await this.#result(this.#cut)) ?? (isLast ? this.#result(undefined) : undefined);
  }

  /** Adds the traces of pending rows, and returns the result if files can contain no newer ones. */
  async #readPending({ newest, total }: PendingTraces): Promise<TraceSearchResult | undefined> {
    for (const { traceId, time } of newest) this.#times.set(traceId, time);
    this.#total = total;
    if (total > newest.length) this.#cut = newest.at(-1)?.time;
    const { start, end } = this.#query;
    let last: bigint | undefined;
    for (const { maxTime } of this.#all.overlapping(start, end).all) last = later(last, maxTime);
    return last === undefined ? undefined : this.#result(later(this.#cut, earlier(last, end)));
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
    // Older slices only lower the times of traces that are already known.
    for (const row of rows) {
      const traceId = asText(row['trace_id']);
      this.#times.set(traceId, earlier(this.#times.get(traceId), asBigInt(row['time'])) ?? 0n);
    }
    if (rows.length === this.#groups) this.#cut = later(this.#cut, asBigInt(rows.at(-1)?.['time']));
    this.#total = Math.max(this.#times.size, this.#total, asNumber(rows[0]?.['total']));
  }

  /** Returns the first traces if they are certain. Traces that have not been found are not newer than `bound`. */
  async #result(bound: bigint | undefined): Promise<TraceSearchResult | undefined> {
    const { limit } = this.#query;
    const candidates = [...this.#times].sort(newestFirst);
    const checked = candidates.slice(0, limit + SPARE_TRACES);
    const certain = bound === undefined ? undefined : later(bound, candidates[checked.length]?.[1]);
    const isCertain = (time: bigint): boolean => certain === undefined || time >= certain;
    if (certain !== undefined && checked.filter(([, time]) => isCertain(time)).length < limit) return undefined;
    const found = await this.#summarize(
      checked.map(([traceId]) => traceId),
      bound,
    );
    const first = found
      .filter(({ firstMatch }) => firstMatch !== undefined && isCertain(firstMatch))
      .sort((a, b) => newestFirst([a.summary.traceId, a.firstMatch ?? 0n], [b.summary.traceId, b.firstMatch ?? 0n]));
    if (certain !== undefined && first.length < limit) return undefined;
    return {
      total: this.#total,
      ...(bound !== undefined || this.#cut !== undefined ? { totalIsLowerBound: true } : {}),
      traces: first.slice(0, limit).map(({ summary }) => summary),
    };
  }

  /** Summarizes traces and determines their first matching spans, of which some may not have been read. */
  async #summarize(traceIds: readonly string[], bound: bigint | undefined): Promise<readonly FoundTrace[]> {
    if (traceIds.length === 0) return [];
    const files = await this.#indexes.select(this.#all, traceIds);
    const more = (await this.#pending?.rows(traceIds)) ?? [];
    const traces = await summarizeRows(this.#context, files, traceIds, more);
    if (traces === undefined && this.#pending !== undefined) throw new PendingRowsError();
    if (traces === undefined) return summarize(this.#context, this.#query, files, traceIds);
    const { start, end, conditions, text } = this.#query;
    const unread = later(bound, this.#cut);
    const isUnread = (time: bigint): boolean => unread !== undefined && time >= start && time <= unread && time < end;
    const late = traces.filter(({ starts }) => starts.some(isUnread));
    if (late.length === 0) return traces.map(({ summary }) => this.#found(summary, undefined));
    if (conditions.length === 0 && !text) {
      return traces.map(({ summary, starts }) =>
        this.#found(summary, starts.filter(isUnread).reduce(earlier, undefined)),
      );
    }
    const ids = late.map(({ summary }) => summary.traceId);
    const matches = await firstMatches(this.#context, this.#query, files.overlapping(start, end), ids);
    return traces.map(({ summary }) => this.#found(summary, matches.get(summary.traceId)));
  }

  /** Combines a trace with its time, which a span in the rows that have not been read may lower. */
  #found(summary: TraceSummary, unread: bigint | undefined): FoundTrace {
    return { summary, firstMatch: earlier(this.#times.get(summary.traceId), unread) };
  }
}

/** The pending rows cannot be read directly, so that they must be written to a file first. */
export class PendingRowsError extends Error {
  override readonly name = 'PendingRowsError';
}

/** Compares traces with their times: newest first, and by ID if the times are equal. */
function newestFirst([a, timeA]: readonly [string, bigint], [b, timeB]: readonly [string, bigint]): number {
  if (timeA !== timeB) return timeA > timeB ? -1 : 1;
  return a < b ? -1 : 1;
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
