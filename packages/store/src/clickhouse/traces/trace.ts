import type { SpanRow, TraceIdQuery, TraceSpansQuery, TraceTextQuery } from '../../contract.ts';
import type { SelectedSpan, SelectSpansQuery } from '../../spans.ts';
import { SPAN_PARTS, SpanReader } from '../decode/spans.ts';
import { exportRows, requestsOf } from '../export.ts';
import { compileFilter, compileText } from '../shared/conditions.ts';
import { asText, type ClickHouseContext, partsOf, rangeOf, select, stream, tableOf, where } from '../shared/context.ts';
import { itemRows } from '../shared/item-rows.ts';
import { quoteText } from '../shared/quote.ts';
import { ofTrace, ofTraces } from './trace-rows.ts';

/** Number of spans in a part. */
const PART = 1_000;

/** Streams a trace's spans in parts, oldest first. */
export async function* trace(context: ClickHouseContext, query: TraceSpansQuery): AsyncGenerator<readonly SpanRow[]> {
  const conditions = [
    ...ofTrace(context, query),
    ...(query.spanId === undefined ? [] : [`SpanId = ${quoteText(query.spanId)}`]),
  ];
  const reader = new SpanReader();
  const text = `SELECT * FROM ${itemRows(context, 'traces', [...SPAN_PARTS, ...ORDER_COLUMNS], conditions)} ${OLDEST_FIRST}`;
  for await (const rows of partsOf(stream(context, text), PART)) yield rows.map((row) => reader.row(row));
}

const ORDER_COLUMNS = ['Timestamp', 'Duration', 'SpanId'];
const OLDEST_FIRST = 'ORDER BY Timestamp, Duration DESC, SpanId';

/** Returns the IDs of a trace's spans that contain a string, in any order. */
export async function findSpans(context: ClickHouseContext, query: TraceTextQuery): Promise<readonly string[]> {
  const columns = ['SpanName', 'ServiceName', 'StatusMessage', "arrayStringConcat(mapKeys(SpanAttributes), '\\n')"];
  const found = `(SpanId = ${quoteText(query.text.toLowerCase())} OR ${compileText(query.text, columns, 'traces')})`;
  const text = `SELECT SpanId AS id FROM ${tableOf(context, 'traces')} ${where([...ofTrace(context, query), found])}`;
  return (await select(context, text)).map((row) => asText(row['id']));
}

/** Streams spans in parts. */
export async function* selectSpans(
  context: ClickHouseContext,
  query: SelectSpansQuery,
): AsyncGenerator<readonly SelectedSpan[]> {
  const { tenant, traceIds, filter, parts, order } = query;
  if (traceIds === undefined ? query.end <= query.start : traceIds.length === 0) return;
  const conditions = [
    ...(traceIds === undefined ? rangeOf(query) : ofTraces(context, tenant, traceIds)),
    ...(filter === undefined ? [] : [compileFilter(filter, 'traces')]),
  ];
  const keys = new Set(typeof parts.attributes === 'object' ? parts.attributes : []);
  const text =
    `SELECT * FROM ${itemRows(context, 'traces', [...SPAN_PARTS, 'Timestamp'], conditions)}` +
    (order === 'newest' ? ' ORDER BY Timestamp DESC' : '');
  const reader = new SpanReader();
  for await (const rows of partsOf(stream(context, text), PART)) {
    yield rows.map((row) => reader.selected(row, parts, keys));
  }
}

/** Exports a trace as OTLP requests. */
export async function* exportTrace(context: ClickHouseContext, query: TraceIdQuery): AsyncGenerator<Uint8Array> {
  const sort = { columns: ORDER_COLUMNS, orderBy: OLDEST_FIRST };
  yield* requestsOf('traces', exportRows(context, 'traces', ofTrace(context, query), sort));
}
