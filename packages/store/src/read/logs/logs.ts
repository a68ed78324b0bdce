import type { LogQuery, LogRow } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { attributeColumns, jsonAttributes, rowAttributes } from '../shared/attributes.ts';
import { compileConditions, compileText } from '../shared/conditions.ts';
import {
  asBigInt,
  asNumber,
  asOptionalText,
  asText,
  type ReadContext,
  type Row,
  select,
  where,
  withFiles,
} from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { rangeConditions, timestamp } from '../shared/steps.ts';
import { timeSlices } from '../shared/time-slices.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { type LogCursor, parseCursor, printCursor } from './log-cursor.ts';
import { scannedLogs } from './scanned-logs.ts';

/** Returns one page of the matching records. */
export async function searchLogs(
  context: ReadContext,
  indexes: TraceIndexes,
  query: LogQuery,
): Promise<readonly LogRow[]> {
  const after = query.after === undefined ? undefined : parseCursor(query.after);
  const skip = after?.sameTime ?? 0;
  const count = query.limit + skip;
  const scanned = await scannedLogs(context, query, after, count);
  if (scanned !== undefined) return withCursors(scanned.slice(skip), after);
  await checkPatterns(context, query);
  return withMatching(context, indexes, query, async (files) => {
    const edge = await lastTime(context, query, files, after, count);
    if (edge === undefined) return [];
    const rows = await page(context, query, files, after, edge, count);
    return withCursors(rows.slice(skip), after);
  });
}

/** Runs `work` over the files that may contain matching records. Returns `empty` if there are none. */
export async function withMatching<T>(
  context: ReadContext,
  indexes: TraceIndexes,
  query: LogQuery,
  work: (files: Files) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  return withFiles(context, query.tenant, 'logs', async (all) => {
    const inRange = all.overlapping(query.start, query.end);
    const files = query.traceId === undefined ? inRange : await indexes.select(inRange, [query.traceId]);
    return files.isEmpty ? [] : work(files);
  });
}

/** Returns conditions that a record must satisfy to match a query. */
export function conditionsOf(query: LogQuery, files: Files, parameters: ParameterBag): readonly string[] {
  const scope = { signal: 'logs', files, parameters } as const;
  return [
    ...rangeConditions(TIME_COLUMN.logs, query, files),
    ...(query.traceId === undefined ? [] : [`trace_id = ${parameters.add(query.traceId)}`]),
    ...(query.spanId === undefined ? [] : [`lower(hex(span_id)) = ${parameters.add(query.spanId)}`]),
    ...compileConditions(query.conditions, scope),
    ...(query.text ? [compileText(query.text, ['body'], scope)] : []),
  ];
}

function afterConditions(query: LogQuery, after: LogCursor | undefined): readonly string[] {
  if (after === undefined) return [];
  return [`time ${query.order === 'oldest' ? '>=' : '<='} ${timestamp(after.time)}`];
}

/**
 * Returns the time of the last record of a page of `count` records. It reads only narrow columns, because reading wide
 * rows is slow, and stops after the newest (or oldest) files that have enough records.
 */
async function lastTime(
  context: ReadContext,
  query: LogQuery,
  files: Files,
  after: LogCursor | undefined,
  count: number,
): Promise<bigint | undefined> {
  const { order } = query;
  const range = { ...query };
  if (after !== undefined && order === 'newest' && after.time < query.end) range.end = after.time + 1n;
  if (after !== undefined && order === 'oldest' && after.time > query.start) range.start = after.time;
  let missing = count;
  let edge: bigint | undefined;
  for (const slice of timeSlices(files, range, order, context.countedRows)) {
    if (slice.files.isEmpty) continue;
    const parameters = new ParameterBag();
    const conditions = conditionsOf({ ...query, start: slice.start, end: slice.end }, slice.files, parameters);
    const rows = await select(
      context,
      query.tenant,
      `SELECT epoch_ns(time) AS at FROM ${slice.files.relation} ${where(conditions)} ` +
        `ORDER BY time ${order === 'oldest' ? 'ASC' : 'DESC'} LIMIT ${parameters.add(BigInt(missing))}`,
      parameters,
    );
    if (rows.length > 0) edge = asBigInt(rows.at(-1)?.['at']);
    missing -= rows.length;
    if (missing <= 0) break;
  }
  return edge;
}

/** Returns the records up to `edge`. Records with the same time are ordered only by their contents. */
async function page(
  context: ReadContext,
  query: LogQuery,
  all: Files,
  after: LogCursor | undefined,
  edge: bigint,
  count: number,
): Promise<readonly Row[]> {
  const parameters = new ParameterBag();
  const oldest = query.order === 'oldest';
  const files = oldest ? all.overlapping(query.start, edge + 1n) : all.overlapping(edge, query.end);
  const conditions = [
    ...conditionsOf(query, files, parameters),
    ...afterConditions(query, after),
    `time ${oldest ? '<=' : '>='} ${timestamp(edge)}`,
  ];
  const columns = [...LOG_COLUMNS, ...attributeColumns(files)].join(', ');
  // Reverses every column, including tie-breakers, so that newest-first is the exact reverse of oldest-first.
  const direction = oldest ? 'ASC NULLS FIRST' : 'DESC NULLS LAST';
  const text =
    `SELECT ${columns} FROM ${files.relation} AS log ${where(conditions)} ` +
    `ORDER BY ${ORDER_COLUMNS.map((column) => `${column} ${direction}`).join(', ')} LIMIT ${parameters.add(BigInt(count))}`;
  return select(context, query.tenant, text, parameters);
}

const ORDER_COLUMNS = [
  ...['log.time', 'log.service_name', 'log.body', 'log.trace_id', 'log.span_id', 'log.severity_number'],
  ...['log.attr_keys', 'log.attrs::VARCHAR'],
];

const LOG_COLUMNS = [
  'epoch_ns(log.time) AS time',
  'epoch_ns(observed_time) AS observed_time',
  'severity_number',
  'severity_text',
  'body',
  'service_name',
  'scope_name',
  'trace_id',
  'lower(hex(span_id)) AS span_id',
  'event_name',
  'resource_attributes',
];

function withCursors(rows: readonly Row[], after: LogCursor | undefined): readonly LogRow[] {
  let cursor = after;
  return rows.map((row) => {
    const time = asBigInt(row['time']);
    cursor = { time, sameTime: cursor?.time === time ? cursor.sameTime + 1 : 1 };
    return {
      cursor: printCursor(cursor),
      time,
      observedTime: row['observed_time'] === null ? undefined : asBigInt(row['observed_time']),
      severityNumber: asNumber(row['severity_number']),
      severityText: asText(row['severity_text']),
      body: asText(row['body']),
      service: asText(row['service_name']),
      scopeName: asText(row['scope_name']),
      traceId: asOptionalText(row['trace_id']),
      spanId: asOptionalText(row['span_id']),
      eventName: asOptionalText(row['event_name']),
      attributes: rowAttributes(row),
      resourceAttributes: jsonAttributes(row['resource_attributes']),
    };
  });
}
