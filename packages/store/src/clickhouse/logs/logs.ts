import type { FacetValue, LogHistogramStep, LogQuery, LogRow, SeverityName } from '../../contract.ts';
import type { SelectedLog, SelectLogsQuery } from '../../items.ts';
import { type LogCursor, parseCursor, printCursor } from '../../read/logs/log-cursor.ts';
import { LOG_PARTS, LogReader } from '../decode/logs.ts';
import { compileConditions, compileFilter, compileText } from '../shared/conditions.ts';
import {
  asNumber,
  asText,
  type ClickHouseContext,
  NANOS,
  partsOf,
  rangeOf,
  select,
  stream,
  tableOf,
  time,
  where,
} from '../shared/context.ts';
import { fieldPlace, optionalText } from '../shared/fields.ts';
import { itemRows } from '../shared/item-rows.ts';
import { quoteText } from '../shared/quote.ts';
import { stepsOf } from '../shared/steps.ts';

/** Number of records in a part. */
const PART = 1_000;
/** Orders records with the same time by their contents. */
const CONTENTS = 'cityHash64(item, resource, scope)';

/** Returns one page of the matching records. */
export async function searchLogs(context: ClickHouseContext, query: LogQuery): Promise<readonly LogRow[]> {
  const after = query.after === undefined ? undefined : parseCursor(query.after);
  if (query.end <= query.start || query.limit === 0) return [];
  const skip = after?.sameTime ?? 0;
  const isOldest = query.order === 'oldest';
  const from = `FROM ${tableOf(context, 'logs')}`;
  const conditions = conditionsOf(query);
  if (after !== undefined) conditions.push(`Timestamp ${isOldest ? '>=' : '<='} ${time(after.time)}`);
  const direction = isOldest ? 'ASC' : 'DESC';
  const count = query.limit + skip;
  // The wide columns are read only of the records from the last time of the page on.
  const times = `SELECT Timestamp AS t ${from} ${where(conditions)} ORDER BY t ${direction} LIMIT ${count}`;
  const edge = `Timestamp ${isOldest ? '<=' : '>='} (SELECT ${isOldest ? 'max' : 'min'}(t) FROM (${times}))`;
  const text =
    `SELECT * FROM ${itemRows(context, 'logs', LOG_PARTS, [...conditions, edge])} ` +
    `ORDER BY nanos ${direction}, ${CONTENTS} ${direction} LIMIT ${query.limit} OFFSET ${skip}`;
  const reader = new LogReader();
  const rows: SelectedLog[] = [];
  for await (const row of stream(context, text)) rows.push(reader.row(row));
  return withCursors(rows, after);
}

function withCursors(rows: readonly SelectedLog[], after: LogCursor | undefined): readonly LogRow[] {
  let before = after;
  return rows.map((row) => {
    const sameTime = before?.time === row.time ? before.sameTime + 1 : 1;
    before = { time: row.time, sameTime };
    return { ...row, cursor: printCursor(before) };
  });
}

function conditionsOf(query: LogQuery): string[] {
  return [
    ...rangeOf(query),
    ...(query.traceId === undefined ? [] : [`TraceId = ${quoteText(query.traceId)}`]),
    ...(query.spanId === undefined ? [] : [`SpanId = ${quoteText(query.spanId)}`]),
    ...compileConditions(query.conditions, 'logs'),
    ...(query.text ? [compileText(query.text, ['Body'], 'logs')] : []),
  ];
}

/** Streams log records in parts. */
export async function* selectLogs(
  context: ClickHouseContext,
  query: SelectLogsQuery,
): AsyncGenerator<readonly SelectedLog[]> {
  if (query.end <= query.start) return;
  const { filter, order } = query;
  const conditions = [...rangeOf(query), ...(filter === undefined ? [] : [compileFilter(filter, 'logs')])];
  const direction = order === 'oldest' ? 'ASC' : 'DESC';
  const text =
    `SELECT * FROM ${itemRows(context, 'logs', LOG_PARTS, conditions)}` +
    (order === undefined ? '' : ` ORDER BY nanos ${direction}, ${CONTENTS} ${direction}`);
  const reader = new LogReader();
  for await (const rows of partsOf(stream(context, text), PART)) yield rows.map((row) => reader.row(row));
}

/** Returns the most frequent values of a field. */
export async function logFacet(
  context: ClickHouseContext,
  query: LogQuery & { readonly field: string },
): Promise<readonly FacetValue[]> {
  const value = optionalText(fieldPlace(query.field, 'logs'));
  if (query.end <= query.start) return [];
  const text =
    `SELECT value, count() AS records FROM (SELECT ${value} AS value FROM ${tableOf(context, 'logs')} ` +
    `${where(conditionsOf(query))}) WHERE isNotNull(value) GROUP BY value ORDER BY records DESC, value ` +
    `LIMIT ${query.limit}`;
  const rows = await select(context, text);
  return rows.map((row) => ({ value: asText(row['value']), count: asNumber(row['records']) }));
}

/** Severity level names by number. 0 is unspecified. */
const LEVELS: readonly SeverityName[] = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Returns record counts by severity, in steps. */
export async function logHistogram(
  context: ClickHouseContext,
  query: LogQuery & { readonly steps: number },
): Promise<readonly LogHistogramStep[]> {
  const { times, indexOf } = stepsOf(query);
  const counts = times.map(emptyCounts);
  if (query.end > query.start) {
    const level = 'if(SeverityNumber BETWEEN 1 AND 24, intDiv(SeverityNumber + 3, 4), 0)';
    const text =
      `SELECT ${indexOf(NANOS)} AS step, ${level} AS level, count() AS records FROM ${tableOf(context, 'logs')} ` +
      `${where(conditionsOf(query))} GROUP BY step, level`;
    for (const row of await select(context, text)) {
      const cell = counts[asNumber(row['step'])];
      if (cell !== undefined) cell[LEVELS[asNumber(row['level'])] ?? 'unspecified'] += asNumber(row['records']);
    }
  }
  return times.map((start, index) => ({ time: start, counts: counts[index] ?? emptyCounts() }));
}

function emptyCounts(): Record<SeverityName, number> {
  return { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0, unspecified: 0 };
}
