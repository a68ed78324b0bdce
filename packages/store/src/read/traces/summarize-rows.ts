import type { TraceSummary } from '../../contract.ts';
import { failureCause } from '../../populations/failure-cause.ts';
import { type RowLimits, traceRows } from '../lookup/trace-rows.ts';
import { asBigInt, asText, type ReadContext, type Row } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { failedSpanOf } from './span-rows.ts';

/** The columns from which traces are summarized. */
export const SUMMARY_COLUMNS: readonly string[] = [
  ...['trace_id', 'span_id', 'parent_span_id', 'service_name', 'name', 'start_time', 'duration_ns'],
  ...['status_code', 'status_message', 'events'],
];
/** Limits of rows that are summarized without the engine. */
export const SUMMARY_LIMITS: RowLimits = { maxRows: 20_000, maxBytes: 8 << 20 };

/** A trace, with the starts of its spans. */
export interface StoredTrace {
  readonly summary: TraceSummary;
  readonly starts: readonly bigint[];
}

/** Options for `summarizeRows`. */
export interface SummarizeOptions {
  /** Columns to read, which include `SUMMARY_COLUMNS`. */
  readonly columns?: readonly string[];
  /** Rows that are not in files. */
  readonly more?: readonly Row[];
  /** Limits the starts to those of some rows. */
  readonly isMatch?: (row: Row) => boolean;
}

/** Summarizes traces from their rows without the engine; `undefined` if it must read them. */
export async function summarizeRows(
  context: ReadContext,
  files: Files,
  traceIds: readonly string[],
  { columns = SUMMARY_COLUMNS, more = [], isMatch = () => true }: SummarizeOptions = {},
): Promise<readonly StoredTrace[] | undefined> {
  const rows = await traceRows(context, files, traceIds, columns, SUMMARY_LIMITS);
  if (rows === undefined) return undefined;
  return [...Map.groupBy([...rows, ...more], (row) => asText(row['trace_id']))].map(([traceId, own]) => ({
    summary: summaryOf(traceId, own),
    starts: own.filter(isMatch).map((row) => asBigInt(row['start_time'])),
  }));
}

function summaryOf(traceId: string, rows: readonly Row[]): TraceSummary {
  const starts = rows.map((row) => asBigInt(row['start_time']));
  const ends = rows.map((row) => asBigInt(row['start_time']) + asBigInt(row['duration_ns']));
  const start = starts.toSorted(compareTimes)[0] ?? 0n;
  const end = ends.sort(compareTimes).at(-1) ?? 0n;
  const failed = rows.filter((row) => row['status_code'] === 'ERROR');
  const root = first(rows.filter((row) => row['parent_span_id'] === null)) ?? first(rows);
  return {
    traceId,
    rootService: asText(root?.['service_name']),
    rootName: asText(root?.['name']),
    start,
    durationNanos: Number(end - start),
    spanCount: rows.length,
    errorCount: failed.length,
    services: [...new Set(rows.map((row) => asText(row['service_name'])))].sort(),
    error: failureCause(failed.map(failedSpanOf)),
  };
}

function compareTimes(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the row that starts first. */
function first(rows: readonly Row[]): Row | undefined {
  let found: Row | undefined;
  for (const row of rows) {
    if (found === undefined || asBigInt(row['start_time']) < asBigInt(found['start_time'])) found = row;
  }
  return found;
}
