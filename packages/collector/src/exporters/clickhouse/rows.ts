import {
  type DataPointView,
  forEachDataPoint,
  forEachLogRecord,
  forEachSpan,
  LOG_RECORD_FIELDS,
  type LogRecordView,
  type MetricView,
  type Signal,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  type SpanView,
} from '@otelier/otlp';
import { attributeText } from '../../ottl/values/text.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { field, objectOf, textJson } from '../elasticsearch/documents/json.ts';
import { attributesIn, type Origin, OriginReader, valueIn } from '../elasticsearch/origin.ts';
import { attributesField, idText, listField, mapJson, textField, timeField, timeJson } from './columns.ts';
import { pointRow } from './point-row.ts';
import type { TableName } from './tables.ts';

/** Rows of JSON by table. */
export type Rows = ReadonlyMap<TableName, string[]>;

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS_CODES = ['Unset', 'Ok', 'Error'];

/** Columns that rows have beside those of the Collector, as members of JSON objects. */
export interface FurtherColumns {
  /** Time of items that have none, in nanoseconds. */
  readonly arrivalNanos: bigint;
  span(span: SpanView): readonly string[];
  log(record: LogRecordView): readonly string[];
  point(point: DataPointView, metric: MetricView): readonly string[];
}

const NO_COLUMNS: FurtherColumns = { arrivalNanos: 0n, span: () => [], log: () => [], point: () => [] };

/** Encodes the items of requests as rows of the tables of their signal. */
export function encodeRows(signal: Signal, parts: readonly Uint8Array[], further: FurtherColumns = NO_COLUMNS): Rows {
  const rows = new Map<TableName, string[]>();
  const origins = new OriginReader();
  const add = (table: TableName, row: string): void => {
    const known = rows.get(table);
    if (known === undefined) rows.set(table, [row]);
    else known.push(row);
  };
  for (const part of parts) ENCODERS[signal]?.(part, { origins, further, add });
  return rows;
}

interface Encoding {
  readonly origins: OriginReader;
  readonly further: FurtherColumns;
  readonly add: (table: TableName, row: string) => void;
}

type Encode = (part: Uint8Array, encoding: Encoding) => void;

const ENCODERS: Partial<Record<Signal, Encode>> = {
  logs: (part, { origins, further, add }) =>
    forEachLogRecord(part, (record) =>
      add('logs', logRow(record, origins.read(record.resource, record.scope), further)),
    ),
  traces: (part, { origins, further, add }) =>
    forEachSpan(part, (span) => add('traces', spanRow(span, origins.read(span.resource, span.scope), further))),
  metrics: (part, { origins, further, add }) =>
    forEachDataPoint(part, (point, metric) => {
      const origin = metricOrigin(origins.read(metric.resource, metric.scope));
      add(point.kind, pointRow(point, metric, [...origin, ...further.point(point, metric)], further.arrivalNanos));
    }),
};

function logRow(record: LogRecordView, origin: Origin, further: FurtherColumns): string {
  const { resource, scope } = origin;
  return objectOf([
    timeField('Timestamp', record.timeUnixNano || record.observedTimeUnixNano || further.arrivalNanos),
    textField('TraceId', idText(record.traceId)),
    textField('SpanId', idText(record.spanId)),
    field('TraceFlags', String(record.flags & 0xff)),
    textField('SeverityText', record.severityText),
    field('SeverityNumber', String(record.severityNumber & 0xff)),
    ...kept(resource, (): string[] => [
      textField('ServiceName', serviceName(resource.attributes)),
      textField('ResourceSchemaUrl', resource.schemaUrl),
      attributesField('ResourceAttributes', resource.attributes),
    ]),
    textField('Body', attributeText(valueIn(record, LOG_RECORD_FIELDS.body))),
    ...kept(scope, (): string[] => [
      textField('ScopeSchemaUrl', scope.schemaUrl),
      textField('ScopeName', scope.name),
      textField('ScopeVersion', scope.version),
      attributesField('ScopeAttributes', scope.attributes),
    ]),
    attributesField('LogAttributes', attributesIn(record, LOG_RECORD_FIELDS.attributes)),
    textField('EventName', record.eventName),
    ...further.log(record),
  ]);
}

function spanRow(span: SpanView, { resource, scope }: Origin, further: FurtherColumns): string {
  const { startTimeUnixNano, endTimeUnixNano, events, links } = span;
  return objectOf([
    timeField('Timestamp', startTimeUnixNano),
    textField('TraceId', idText(span.traceId)),
    textField('SpanId', idText(span.spanId)),
    textField('ParentSpanId', idText(span.parentSpanId)),
    textField('TraceState', span.traceState),
    textField('SpanName', span.name),
    textField('SpanKind', KINDS[span.kind] ?? ''),
    ...kept(resource, (): string[] => [
      textField('ServiceName', serviceName(resource.attributes)),
      attributesField('ResourceAttributes', resource.attributes),
    ]),
    ...kept(scope, (): string[] => [textField('ScopeName', scope.name), textField('ScopeVersion', scope.version)]),
    attributesField('SpanAttributes', attributesIn(span, SPAN_FIELDS.attributes)),
    // As in the Collector, a span that ends before it starts wraps around.
    field('Duration', String(BigInt.asUintN(64, endTimeUnixNano - startTimeUnixNano))),
    textField('StatusCode', STATUS_CODES[span.statusCode] ?? ''),
    textField('StatusMessage', span.statusMessage),
    listField('Events.Timestamp', events, ({ timeUnixNano }) => timeJson(timeUnixNano)),
    listField('Events.Name', events, ({ name }) => textJson(name)),
    listField('Events.Attributes', events, (event) => mapJson(attributesIn(event, SPAN_EVENT_FIELDS.attributes))),
    listField('Links.TraceId', links, ({ traceId }) => textJson(idText(traceId))),
    listField('Links.SpanId', links, ({ spanId }) => textJson(idText(spanId))),
    listField('Links.TraceState', links, ({ traceState }) => textJson(traceState)),
    listField('Links.Attributes', links, (link) => mapJson(attributesIn(link, SPAN_LINK_FIELDS.attributes))),
    ...further.span(span),
  ]);
}

/** Encodes the columns of the resource and the scope of data points. */
function metricOrigin({ resource, scope }: Origin): readonly string[] {
  return [
    ...kept(resource, (): string[] => [
      attributesField('ResourceAttributes', resource.attributes),
      textField('ResourceSchemaUrl', resource.schemaUrl),
      textField('ServiceName', serviceName(resource.attributes)),
    ]),
    ...kept(scope, (): string[] => [
      textField('ScopeName', scope.name),
      textField('ScopeVersion', scope.version),
      attributesField('ScopeAttributes', scope.attributes),
      field('ScopeDroppedAttrCount', String(scope.droppedAttributesCount)),
      textField('ScopeSchemaUrl', scope.schemaUrl),
    ]),
  ];
}

const encoded = new WeakMap<object, readonly string[]>();

/** Encodes a resource or a scope once for all items of its group. */
function kept(part: object, encode: () => readonly string[]): readonly string[] {
  let columns = encoded.get(part);
  if (columns === undefined) {
    columns = encode();
    encoded.set(part, columns);
  }
  return columns;
}

function serviceName(attributes: ValueMap): string {
  return attributeText(attributes.get('service.name'));
}
