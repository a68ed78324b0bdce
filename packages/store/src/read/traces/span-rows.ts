import type { SpanRow, TraceIdQuery } from '../../contract.ts';
import type { FailedSpanOfTrace, SpanException } from '../../populations/failure-cause.ts';
import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP } from '../../schema.ts';
import type { RowLimits } from '../lookup/trace-rows.ts';
import { jsonAttributes, jsonValue, rowAttributes } from '../shared/attributes.ts';
import { asBigInt, asNumber, asOptionalText, asText, type ReadContext, type Row } from '../shared/context.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { orderedRows } from './ordered-rows.ts';

/** The columns with the fields of a span that have one value each. */
export const SPAN_FIELDS = [
  'trace_id',
  'lower(hex(span_id)) AS span_id',
  'lower(hex(parent_span_id)) AS parent_span_id',
  'trace_state',
  'name',
  'kind',
  'epoch_ns(start_time) AS start',
  'duration_ns',
  'status_code',
  'status_message',
  'service_name',
  'scope_name',
];

/** The columns that `spanOf` reads, in addition to those of the attributes. */
export const SPAN_COLUMNS = [...SPAN_FIELDS, 'events', 'links', 'resource_attributes'];

/** The columns of files that `spanOf` reads, without those of the attributes. */
const STORED_COLUMNS = [
  ...['trace_id', 'span_id', 'parent_span_id', 'trace_state', 'name', 'kind', 'start_time', 'duration_ns'],
  ...['status_code', 'status_message', 'service_name', 'scope_name', 'events', 'links', 'resource_attributes'],
];

/**
 * Returns a trace's rows for `spanOf` in the order of `SPAN_ORDER`, read without the engine; `undefined` if it must read
 * them.
 */
export function storedSpanRows(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceIdQuery,
  limits: RowLimits,
): Promise<readonly Row[] | undefined> {
  return orderedRows(context, indexes, query, limits, {
    columns: [...STORED_COLUMNS, ATTRIBUTE_KEYS, ATTRIBUTES_MAP],
    withAttributes: true,
  });
}

/** Converts a row to a span. */
export function spanOf(row: Row): SpanRow {
  return {
    traceId: asText(row['trace_id']),
    spanId: asText(row['span_id']),
    parentSpanId: asOptionalText(row['parent_span_id']),
    traceState: asOptionalText(row['trace_state']),
    name: asText(row['name']),
    kind: asText(row['kind']),
    start: asBigInt(row['start']),
    durationNanos: asNumber(row['duration_ns']),
    statusCode: asText(row['status_code']),
    statusMessage: asOptionalText(row['status_message']),
    service: asText(row['service_name']),
    scopeName: asText(row['scope_name']),
    attributes: rowAttributes(row),
    resourceAttributes: jsonAttributes(row['resource_attributes']),
    events: eventsOf(row['events']),
    links: linksOf(row['links']),
  };
}

/** Parses a span's events from their stored JSON. */
export function eventsOf(text: unknown): SpanRow['events'] {
  if (typeof text !== 'string') return [];
  return (jsonValue(text) as unknown as readonly Row[]).map((event) => ({
    time: BigInt((event['time'] as number | bigint | undefined) ?? 0),
    name: asText(event['name']),
    attributes: (event['attributes'] ?? {}) as SpanRow['attributes'],
  }));
}

function linksOf(text: unknown): SpanRow['links'] {
  if (typeof text !== 'string') return [];
  return (jsonValue(text) as unknown as readonly Row[]).map((link) => ({
    traceId: asText(link['trace_id']),
    spanId: asText(link['span_id']),
    attributes: (link['attributes'] ?? {}) as SpanRow['attributes'],
  }));
}

/** Returns the last exception of a failed span, or its status message. */
export function exceptionOf(row: Row): SpanException {
  const { attributes = {} } = eventsOf(row['events']).findLast(({ name }) => name === 'exception') ?? {};
  const { 'exception.type': type, 'exception.message': message } = attributes;
  return {
    type: typeof type === 'string' ? type : '',
    message: typeof message === 'string' ? message : asText(row['status_message']),
  };
}

/** Converts a row to a failed span. */
export function failedSpanOf(row: Row): FailedSpanOfTrace {
  return {
    spanId: asText(row['span_id']),
    parentSpanId: asText(row['parent_span_id'] ?? ''),
    start: asBigInt(row['start_time']),
    durationNanos: asBigInt(row['duration_ns']),
    service: asText(row['service_name'] ?? ''),
    exception: () => exceptionOf(row),
  };
}
