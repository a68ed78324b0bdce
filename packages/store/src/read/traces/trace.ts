import type { SpanRow, TraceSpansQuery } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { StoredFile } from '../../write/protocol.ts';
import type { StatementResult } from '../duck/protocol.ts';
import { attributeColumns } from '../shared/attributes.ts';
import { asBigInt, type ReadContext, type Row, rowsOf, select, where } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { timestamp } from '../shared/steps.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { SPAN_COLUMNS, spanOf, storedSpanRows } from './span-rows.ts';
import { checkSpanId, SPAN_ORDER, withTraceFiles } from './trace-files.ts';

/** Limits of a single part. */
const PIECE = { maxRows: 1024, maxResultBytes: 4 << 20 };
/** Maximum number of parts of a small trace, which is read with a single statement. */
const SMALL_PARTS = 4;
/** Limits of a trace that is read without the engine. */
const LOOKUP = { maxRows: PIECE.maxRows * SMALL_PARTS, maxBytes: PIECE.maxResultBytes };
/**
 * Approximate size of the spans that the engine sorts at once, in bytes. Sorting all spans of a large trace could
 * exceed its memory.
 */
const SORTED_BYTES = 64 << 20;
/** Approximate ratio of a span's size during sorting to its size in a file. */
const EXPANSION = 10;
/** Maximum number of spans that the engine sorts at once. */
const SORTED_SPANS = 131_072;

/** Streams a trace's spans, oldest first. */
export async function* trace(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceSpansQuery,
): AsyncGenerator<readonly SpanRow[]> {
  const rows = await storedSpanRows(context, indexes, query, LOOKUP);
  if (rows !== undefined) return yield* partsOf(rows, query);
  yield* withTraceFiles(context, indexes, query, async function* (files) {
    const small = await smallTrace(context, query, files);
    if (small !== undefined) return yield* small.map(spansOf);
    for (const range of await rangesOf(context, query, files)) {
      for await (const result of streamSpans(context, query, files, range)) yield spansOf(result);
    }
  });
}

/** Divides a trace's rows into parts. */
function* partsOf(rows: readonly Row[], { spanId }: TraceSpansQuery): Generator<readonly SpanRow[]> {
  const wanted = spanId === undefined ? undefined : checkSpanId(spanId);
  const own = wanted === undefined ? rows : rows.filter((row) => row['span_id'] === wanted);
  for (let from = 0; from < own.length; from += PIECE.maxRows) yield own.slice(from, from + PIECE.maxRows).map(spanOf);
}

/** Returns the parts of a small trace, or `undefined` if the trace is larger. */
async function smallTrace(
  context: ReadContext,
  query: TraceSpansQuery,
  files: Files,
): Promise<readonly StatementResult[] | undefined> {
  const parts: StatementResult[] = [];
  for await (const part of streamSpans(context, query, files, [], PIECE.maxRows * SMALL_PARTS)) {
    if (parts.push(part) > SMALL_PARTS) return undefined;
  }
  const rows = parts.reduce((sum, { rowCount }) => sum + rowCount, 0);
  return rows < PIECE.maxRows * SMALL_PARTS ? parts : undefined;
}

function streamSpans(
  context: ReadContext,
  query: TraceSpansQuery,
  files: Files,
  range: readonly string[],
  limit?: number,
): AsyncIterable<StatementResult> {
  const parameters = new ParameterBag();
  const columns = [...SPAN_COLUMNS, ...attributeColumns(files)].join(', ');
  const conditions = where([...spanConditions(query, parameters), ...range]);
  const text =
    `SELECT ${columns} FROM ${files.relation} ${conditions} ORDER BY ${SPAN_ORDER}` +
    (limit === undefined ? '' : ` LIMIT ${limit}`);
  const limits = { ...context.limits, ...PIECE };
  return context.duck.stream({ tenant: query.tenant, text, parameters: parameters.values, limits });
}

function spansOf(result: StatementResult): readonly SpanRow[] {
  return rowsOf(result).map(spanOf);
}

function spanConditions({ traceId, spanId }: TraceSpansQuery, parameters: ParameterBag): readonly string[] {
  return [
    `trace_id = ${parameters.add(traceId)}`,
    ...(spanId === undefined ? [] : [`span_id = from_hex(${parameters.add(checkSpanId(spanId))})`]),
  ];
}

/** Returns conditions for consecutive time ranges, each with as many spans as the engine sorts at once. */
async function rangesOf(
  context: ReadContext,
  query: TraceSpansQuery,
  files: Files,
): Promise<readonly (readonly string[])[]> {
  const parameters = new ParameterBag();
  const time = TIME_COLUMN.traces;
  const numbered =
    `SELECT ${time}, row_number() OVER (ORDER BY ${time}) - 1 AS n FROM ${files.relation} ` +
    where(spanConditions(query, parameters));
  const text = `SELECT DISTINCT epoch_ns(${time}) AS start FROM (${numbered}) WHERE n > 0 AND n % ${sortedSpans(files)} = 0 ORDER BY 1`;
  const starts = (await select(context, query.tenant, text, parameters)).map((row) => asBigInt(row['start']));
  const from = [undefined, ...starts];
  return from.map((start, index) => {
    const end = starts[index];
    return [
      ...(start === undefined ? [] : [`${time} >= ${timestamp(start)}`]),
      ...(end === undefined ? [] : [`${time} < ${timestamp(end)}`]),
    ];
  });
}

function sortedSpans({ all }: Files): number {
  const sum = (of: (file: StoredFile) => number): number => all.reduce((total, file) => total + of(file), 0);
  const spanBytes = (sum(({ bytes }) => bytes) / sum(({ rows }) => rows)) * EXPANSION;
  return Math.min(SORTED_SPANS, Math.max(PIECE.maxRows, Math.floor(SORTED_BYTES / spanBytes)));
}
