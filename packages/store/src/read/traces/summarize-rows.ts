import type { TraceSummary } from '../../contract.ts';
import { type RowLimits, traceRows } from '../lookup/trace-rows.ts';
import { asBigInt, asText, type ReadContext, type Row } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { failureMessage } from './span-rows.ts';

/** The columns from which traces are summarized. */
export const SUMMARY_COLUMNS: readonly string[] = [
  ...['trace_id', 'parent_span_id', 'service_name', 'name', 'start_time', 'duration_ns'],
  ...['status_code', 'status_message', 'events'],
];
/** Limits of rows that are summarized without the engine. */
export const SUMMARY_LIMITS: RowLimits = { maxRows: 20_000, maxBytes: 8 << 20 };

/** A trace, with the starts of its spans. */
export interface StoredTrace {
  readonly summary: TraceSummary;
  readonly starts: readonly bigint[];
}

/** Summarizes traces from their rows without the engine; `undefined` if it must read them. `more` are rows that are not in files. */
export async function summarizeRows(
  context: ReadContext,
  files: Files,
  traceIds: readonly string[],
  more: readonly Row[] = [],
): Promise<readonly StoredTrace[] | undefined> {
  const rows = await traceRows(context, files, traceIds, SUMMARY_COLUMNS, SUMMARY_LIMITS);
  if (rows === undefined) return undefined;
  return [...Map.groupBy([...rows, ...more], (row) => asText(row['trace_id']))].map(([traceId, own]) =>
    traceOf(traceId, own),
  );
}

function traceOf(traceId: string, rows: readonly Row[]): StoredTrace {
  const starts = rows.map((row) => asBigInt(row['start_time']));
  const ends = rows.map((row) => asBigInt(row['start_time']) + asBigInt(row['duration_ns']));
  const start = starts.toSorted(compareTimes)[0] ?? 0n;
  const end = ends.sort(compareTimes).at(-1) ?? 0n;
  const failed = rows.filter((row) => row['status_code'] === 'ERROR');
  const root = first(rows.filter((row) => row['parent_span_id'] === null)) ?? first(rows);
  const failure = first(failed);
  const summary = {
    traceId,
    rootService: asText(root?.['service_name']),
    rootName: asText(root?.['name']),
    start,
    durationNanos: Number(end - start),
    spanCount: rows.length,
    errorCount: failed.length,
    services: [...new Set(rows.map((row) => asText(row['service_name'])))].sort(),
    error: failure && { service: asText(failure['service_name']), message: failureMessage(failure) },
  };
  return { summary, starts };
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
