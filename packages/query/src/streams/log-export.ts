import type { AttributeValue, LogQuery, LogRow, Store } from '@otelier/store';
import { jsonAttributes, jsonValue } from '../api/json.ts';
import { logRecordOf } from '../endpoints/logs.ts';
import { logPages } from '../request/log-pages.ts';

/** How matching log records are written. */
export interface LogExport {
  readonly filter: Omit<LogQuery, 'limit' | 'order'>;
  readonly order: LogQuery['order'];
  readonly format: 'ndjson' | 'csv';
  /** Columns of CSV besides the fixed ones: `attributes.KEY` or `resource.KEY`. Without any, all attributes as JSON. */
  readonly columns: readonly string[];
  readonly maxRecords: number;
}

/** Yields the matching log records: one JSON object per line, or CSV (RFC 4180) with a header. */
export async function* exportLogs(
  store: Store,
  { filter, order, format, columns, maxRecords }: LogExport,
): AsyncGenerator<string, undefined> {
  if (format === 'csv') yield csvLine([...COLUMNS, ...(columns.length === 0 ? ['attributes', 'resource'] : columns)]);
  const write = format === 'csv' ? (row: LogRow) => csvLine(cellsOf(row, columns)) : jsonLine;
  for await (const rows of logPages(store, { ...filter, order }, maxRecords)) yield rows.map(write).join('');
  return undefined;
}

const COLUMNS = ['time', 'severity', 'service', 'body', 'trace_id', 'span_id'];

function jsonLine(row: LogRow): string {
  const { cursor: _, ...record } = logRecordOf(row);
  return `${JSON.stringify(record)}\n`;
}

function cellsOf(row: LogRow, columns: readonly string[]): string[] {
  const { time, severityText, severityNumber, service, body, traceId = '', spanId = '' } = row;
  const severity = severityText === '' ? String(severityNumber) : severityText;
  const rest =
    columns.length === 0
      ? [JSON.stringify(jsonAttributes(row.attributes)), JSON.stringify(jsonAttributes(row.resourceAttributes))]
      : columns.map((column) => cellText(valueIn(row, column)));
  return [timeText(time), severity, service, body, traceId, spanId, ...rest];
}

function valueIn({ attributes, resourceAttributes }: LogRow, column: string): AttributeValue | undefined {
  const [, of, key = ''] = /^(attributes|resource)\.(.*)$/s.exec(column) ?? [];
  const values = of === 'resource' ? resourceAttributes : attributes;
  return of !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}

function cellText(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(jsonValue(value)) : String(value);
}

/** Formats a time as ISO 8601 with nanoseconds. */
function timeText(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, -5);
  return `${seconds}.${(nanos % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Text that a spreadsheet takes for a formula is preceded by an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
