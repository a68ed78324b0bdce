import type { NamedRows } from '../../columns/pending/pending-traces.ts';
import type { TraceQuery, TraceSearchResult } from '../../contract.ts';
import { matchesRow } from '../../scan/match-row.ts';
import type { NewestTraces } from '../../scan/newest.ts';
import { areScannable, columnsOf, type ScanCondition, scanConditions } from '../../scan/scan-filter.ts';
import type { DirectSnapshot } from '../../write/protocol.ts';
import { rowObjects, withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { asText, type ReadContext, type Row } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { earlier, later } from '../shared/times.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { NewestCandidates, summarizedOf } from './newest-candidates.ts';
import { groupsOf } from './newest-traces.ts';
import { SUMMARY_COLUMNS, SUMMARY_LIMITS, summarizeRows } from './summarize-rows.ts';
import { type FoundTrace, latestFirst } from './trace-summaries.ts';

/** How often the search is repeated with more traces, and the factor by which their number grows. */
const ATTEMPTS = 3;
const GROWTH = 8;
/** Maximum number of traces of a range of which all are counted. */
const MAX_COUNTED = 10_000;

/**
 * Returns the newest traces with a matching span, without the engine and without first writing the pending rows to a file.
 * Returns `undefined` if that is not possible: for free text, regular expressions, and very large traces.
 */
export async function scannedSearch(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceQuery,
): Promise<TraceSearchResult | undefined> {
  const { tenant, start, end, limit, conditions, text, orderBy } = query;
  if (orderBy !== 'time' || limit === 0 || text || end <= start || !areScannable(conditions)) return undefined;
  const scanned = scanConditions(conditions);
  const columns = [...new Set([...SUMMARY_COLUMNS, ...columnsOf(scanned)])];
  const read = { columns, withAttributes: false, ...SUMMARY_LIMITS } as const;
  const question = {
    newest: { start, end, conditions, limit: groupsOf(query) },
    traceRows: { traceIds: [], ofNewest: summarizedOf(query), ...read },
  };
  return withDirect(context, tenant, 'traces', question, async (snapshot) => {
    const search = new ScannedSearch({ context, indexes, query, snapshot, scanned, read });
    try {
      return await search.run();
    } catch (error) {
      if (error instanceof NotReadError) return undefined;
      throw error;
    }
  });
}

/** Rows cannot be read directly, so that the engine must read them. */
class NotReadError extends Error {
  override readonly name = 'NotReadError';
}

interface SearchOptions {
  readonly context: ReadContext;
  readonly indexes: TraceIndexes;
  readonly query: TraceQuery;
  readonly snapshot: DirectSnapshot;
  readonly scanned: readonly ScanCondition[];
  /** The columns and limits of rows to read. */
  readonly read: { readonly columns: readonly string[]; readonly withAttributes: boolean } & typeof SUMMARY_LIMITS;
}

class ScannedSearch {
  readonly #options: SearchOptions;
  readonly #all: Files;
  /** The pending rows that have been read, by trace. */
  readonly #known: ReadonlyMap<string, readonly Row[]>;

  constructor(options: SearchOptions) {
    this.#options = options;
    const { files, reply } = options.snapshot;
    this.#all = new Files(files.filter((file) => file.rows > 0));
    const rows = reply.traceRows === undefined ? [] : rowObjects(reply.traceRows);
    this.#known = Map.groupBy(rows, (row) => asText(row['trace_id']));
  }

  async run(): Promise<TraceSearchResult> {
    const { context, query, snapshot } = this.#options;
    const { pending, reply } = snapshot;
    if (pending !== undefined && (reply.newest === undefined || reply.traceRows === undefined))
      throw new NotReadError();
    const files = this.#all.overlapping(query.start, query.end);
    const rows = files.rows + (pending?.rows ?? 0);
    if (rows <= context.countedRows) return this.#counted(files);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await this.#attempt(files, GROWTH ** (attempt - 1));
      if (found !== undefined) return found;
    }
    throw new NotReadError();
  }

  /** Reads all rows, so that the number of matching traces is known. */
  async #counted(files: Files): Promise<TraceSearchResult> {
    const { query, snapshot } = this.#options;
    const found = new NewestCandidates(query);
    let newest = snapshot.reply.newest ?? { traces: [], total: 0 };
    if (newest.traces.length < newest.total) newest = await this.#pendingNewest(MAX_COUNTED);
    if (newest.traces.length < newest.total) throw new NotReadError();
    for (const { traceId, time } of newest.traces) found.add(traceId, time);
    await this.#scan(found, files, Number.POSITIVE_INFINITY, MAX_COUNTED);
    if (found.cut !== undefined) throw new NotReadError();
    found.addTotal(0);
    const result = await this.#result(found, undefined);
    if (result === undefined) throw new NotReadError();
    return { ...result, traces: result.traces.toSorted(latestFirst) };
  }

  /** Returns `undefined` if more traces are needed. */
  async #attempt(files: Files, factor: number): Promise<TraceSearchResult | undefined> {
    const { query, snapshot } = this.#options;
    const found = new NewestCandidates(query);
    const newest: NewestTraces = snapshot.reply.newest ?? { traces: [], total: 0 };
    for (const { traceId, time } of newest.traces) found.add(traceId, time);
    found.addTotal(newest.total);
    if (newest.total > newest.traces.length) found.cut = newest.traces.at(-1)?.time;
    const last = files.all.map(({ maxTime }) => maxTime).reduce(later, undefined);
    if (last !== undefined && newest.total > 0) {
      const ofPending = await this.#result(found, later(found.cut, earlier(last, query.end)));
      if (ofPending !== undefined) return ofPending;
    }
    const enough = summarizedOf(query) * factor;
    const times = newest.traces.slice(0, enough).map(({ time }) => time);
    const bound = await this.#scan(found, files, enough, groupsOf(query) * factor, times);
    return this.#result(found, later(found.cut, bound));
  }

  /** Adds the traces of files. Returns the time that no unread row exceeds, if there are unread rows. */
  async #scan(
    found: NewestCandidates,
    files: Files,
    enough: number,
    limit: number,
    times: readonly bigint[] = [],
  ): Promise<bigint | undefined> {
    const { context, query } = this.#options;
    if (files.isEmpty) return undefined;
    const { start, end, conditions } = query;
    const result = await context.duck.scan(
      {
        kind: 'newest',
        sources: sourcesOf(files, conditions),
        ranges: [{ start, end }],
        ...{ conditions, enough, limit, times },
        timeoutMillis: context.limits.timeoutMillis,
      },
      context.caller,
    );
    if (result?.kind !== 'newest') throw new NotReadError();
    const { traces, cut, bound } = result.newest;
    for (const { traceId, time } of traces) found.add(traceId, time);
    found.cut = later(found.cut, cut);
    found.addTotal(0);
    return bound;
  }

  #result(found: NewestCandidates, bound: bigint | undefined): Promise<TraceSearchResult | undefined> {
    return found.result(bound, (traceIds) => this.#summarize(found, traceIds, bound));
  }

  /** Summarizes traces and determines their first matching spans, of which some may not have been read. */
  async #summarize(
    found: NewestCandidates,
    traceIds: readonly string[],
    bound: bigint | undefined,
  ): Promise<readonly FoundTrace[]> {
    const { context, indexes, query, scanned, read } = this.#options;
    const files = await indexes.select(this.#all, traceIds);
    const pending = await this.#pendingRows(traceIds);
    const isMatch = (row: Row): boolean => matchesRow(row, scanned);
    const traces = await summarizeRows(context, files, traceIds, { columns: read.columns, more: pending, isMatch });
    if (traces === undefined) throw new NotReadError();
    const unread = later(bound, found.cut);
    const isUnread = (time: bigint): boolean =>
      unread !== undefined && time >= query.start && time <= unread && time < query.end;
    return traces.map(({ summary, starts }) => ({
      summary,
      firstMatch: earlier(found.timeOf(summary.traceId), starts.filter(isUnread).reduce(earlier, undefined)),
    }));
  }

  /** Returns the pending rows of traces. */
  async #pendingRows(traceIds: readonly string[]): Promise<readonly Row[]> {
    const { context, query, snapshot, read } = this.#options;
    const { pending } = snapshot;
    const own = traceIds.flatMap((traceId) => this.#known.get(traceId) ?? []);
    const missing = traceIds.filter((traceId) => !this.#known.has(traceId));
    if (pending === undefined || missing.length === 0 || this.#knowsAll()) return own;
    const question = { traceRows: { traceIds: missing, ...read } };
    const found = await context.access.pending?.(query.tenant, 'traces', pending, question);
    const rows: NamedRows | undefined = found?.traceRows;
    if (rows === undefined) throw new NotReadError();
    return [...own, ...rowObjects(rows)];
  }

  /** Reports whether all pending rows are known because the query selects all of them and they are few. */
  #knowsAll(): boolean {
    const { query, snapshot, scanned } = this.#options;
    const { pending, reply } = snapshot;
    if (pending === undefined || reply.newest === undefined || scanned.length > 0) return false;
    const isWithin = pending.minTime >= query.start && pending.maxTime < query.end;
    return isWithin && reply.newest.total <= summarizedOf(query);
  }

  async #pendingNewest(limit: number): Promise<NewestTraces> {
    const { context, query, snapshot } = this.#options;
    const { tenant, start, end, conditions } = query;
    const question = { newest: { start, end, conditions, limit } };
    const found =
      snapshot.pending && (await context.access.pending?.(tenant, 'traces', snapshot.pending, question))?.newest;
    if (found === undefined) throw new NotReadError();
    return found;
  }
}
