import type { Signal } from '@otelier/otlp';
import type { MetricKind } from '../../contract.ts';
import { BITS } from '../../schema.ts';
import { enumNumber, SPAN_KINDS, STATUS_CODES } from '../names.ts';
import { ItemWriter, type StoredRow } from './rebuild-item.ts';
import {
  writeBuckets,
  writeEvent,
  writeExemplar,
  writeLink,
  writeList,
  writePacked,
  writeQuantile,
} from './rebuild-nested.ts';

/** Functions that rebuild a row's item: the message of a span, log record or data point. */
export const REBUILD_ITEM: Readonly<Partial<Record<Signal, (row: StoredRow) => Uint8Array>>> = {
  traces: rebuildSpan,
  logs: rebuildLogRecord,
  metrics: rebuildPoint,
};

/** Rebuilds a Span (trace.proto). */
function rebuildSpan(row: StoredRow): Uint8Array {
  const item = new ItemWriter(row);
  const bits = Number(row['bits']);
  hexField(item, 1, row['trace_id']);
  bytesField(item, 2, row['span_id']);
  item.text(3, 'trace_state');
  bytesField(item, 4, row['parent_span_id']);
  item.text(5, 'name');
  const kind = enumNumber(SPAN_KINDS, String(row['kind']));
  if (kind !== 0) item.field(6, (writer) => writer.bigIntField(6, BigInt(kind)));
  const start = row['start_time'] as bigint;
  if ((bits & BITS.timeAbsent) === 0) item.field(7, (writer) => writer.fixed64Field(7, start));
  if ((bits & BITS.endAbsent) === 0)
    item.field(8, (writer) => writer.fixed64Field(8, start + (row['duration_ns'] as bigint)));
  item.attributes(9);
  item.count(10, 'dropped_attributes_count');
  listField(item, 11, row['events'], writeEvent);
  item.count(12, 'dropped_events_count');
  listField(item, 13, row['links'], writeLink);
  item.count(14, 'dropped_links_count');
  rebuildStatus(item, row, bits);
  const flags = row['flags'];
  if (typeof flags === 'number') item.field(16, (writer) => writer.fixed32Field(16, flags));
  return item.finish();
}

function rebuildStatus(item: ItemWriter, row: StoredRow, bits: number): void {
  const code = enumNumber(STATUS_CODES, String(row['status_code']));
  const message = row['status_message'];
  if (code === 0 && typeof message !== 'string' && (bits & BITS.statusEmpty) === 0) return;
  item.field(15, (writer) =>
    writer.message(15, (status) => {
      if (typeof message === 'string') status.stringField(2, message);
      if (code !== 0) status.bigIntField(3, BigInt(code));
    }),
  );
}

/** Rebuilds a LogRecord (logs.proto). */
function rebuildLogRecord(row: StoredRow): Uint8Array {
  const item = new ItemWriter(row);
  if ((Number(row['bits']) & BITS.timeAbsent) === 0) timeField(item, 1, row['time']);
  const severity = row['severity_number'];
  if (typeof severity === 'number' && severity !== 0)
    item.field(2, (writer) => writer.bigIntField(2, BigInt(severity)));
  item.text(3, 'severity_text');
  const body = row['body'];
  if (typeof body === 'string') item.field(5, (writer) => writer.message(5, (any) => any.stringField(1, body)));
  item.attributes(6);
  item.count(7, 'dropped_attributes_count');
  const flags = row['flags'];
  if (typeof flags === 'number') item.field(8, (writer) => writer.fixed32Field(8, flags));
  hexField(item, 9, row['trace_id']);
  bytesField(item, 10, row['span_id']);
  timeField(item, 11, row['observed_time']);
  item.text(12, 'event_name');
  return item.finish();
}

/** Rebuilds a data point of any kind (metrics.proto). */
function rebuildPoint(row: StoredRow): Uint8Array {
  const item = new ItemWriter(row);
  const kind = row['kind'] as MetricKind;
  timeField(item, 2, row['start_time']);
  if ((Number(row['bits']) & BITS.timeAbsent) === 0) timeField(item, 3, row['time']);
  POINTS[kind](item, row);
  return item.finish();
}

const POINTS: Readonly<Record<MetricKind, (item: ItemWriter, row: StoredRow) => void>> = {
  gauge: rebuildNumber,
  sum: rebuildNumber,
  histogram(item, row) {
    countField(item, 4, row['count']);
    doubleField(item, 5, row['sum']);
    packedField(item, 6, row['bucket_counts'], false);
    packedField(item, 7, row['explicit_bounds'], true);
    listField(item, 8, row['exemplars'], writeExemplar);
    item.attributes(9);
    item.count(10, 'flags');
    doubleField(item, 11, row['min']);
    doubleField(item, 12, row['max']);
  },
  exponential_histogram(item, row) {
    item.attributes(1);
    countField(item, 4, row['count']);
    doubleField(item, 5, row['sum']);
    const scale = row['scale'];
    if (typeof scale === 'number' && scale !== 0) item.field(6, (writer) => writer.sint32Field(6, scale));
    countField(item, 7, row['zero_count']);
    bucketsField(item, 8, row['positive']);
    bucketsField(item, 9, row['negative']);
    item.count(10, 'flags');
    listField(item, 11, row['exemplars'], writeExemplar);
    doubleField(item, 12, row['min']);
    doubleField(item, 13, row['max']);
    if (!Object.is(row['zero_threshold'], 0)) doubleField(item, 14, row['zero_threshold']);
  },
  summary(item, row) {
    countField(item, 4, row['count']);
    if (!Object.is(row['sum'], 0)) doubleField(item, 5, row['sum']);
    listField(item, 6, row['quantiles'], writeQuantile);
    item.attributes(7);
    item.count(8, 'flags');
  },
};

function rebuildNumber(item: ItemWriter, row: StoredRow): void {
  doubleField(item, 4, row['value_double']);
  listField(item, 5, row['exemplars'], writeExemplar);
  const integer = row['value_int'];
  if (typeof integer === 'bigint') item.field(6, (writer) => writer.fixed64Field(6, integer));
  item.attributes(7);
  item.count(8, 'flags');
}

type Value = StoredRow[string];

function hexField(item: ItemWriter, field: number, value: Value): void {
  if (typeof value === 'string' && value !== '')
    item.field(field, (writer) => writer.bytesField(field, Buffer.from(value, 'hex')));
}

function bytesField(item: ItemWriter, field: number, value: Value): void {
  if (value instanceof Uint8Array) item.field(field, (writer) => writer.bytesField(field, value));
}

function timeField(item: ItemWriter, field: number, value: Value): void {
  if (typeof value === 'bigint') item.field(field, (writer) => writer.fixed64Field(field, value));
}

/** Adds a count field without presence: 0 is equivalent to absent. */
function countField(item: ItemWriter, field: number, value: Value): void {
  if (typeof value === 'bigint' && value !== 0n) item.field(field, (writer) => writer.fixed64Field(field, value));
}

function doubleField(item: ItemWriter, field: number, value: Value): void {
  if (typeof value === 'number') item.field(field, (writer) => writer.doubleField(field, value));
}

function packedField(item: ItemWriter, field: number, value: Value, double: boolean): void {
  if (typeof value === 'string') item.field(field, (writer) => writePacked(writer, field, value, double));
}

function bucketsField(item: ItemWriter, field: number, value: Value): void {
  if (typeof value === 'string') {
    item.field(field, (writer) => writer.message(field, (buckets) => writeBuckets(buckets, value)));
  }
}

function listField(item: ItemWriter, field: number, value: Value, write: Parameters<typeof writeList>[3]): void {
  if (typeof value === 'string') item.field(field, (writer) => writeList(writer, field, value, write));
}
