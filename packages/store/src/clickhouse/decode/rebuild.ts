import {
  LOG_RECORD_FIELDS,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  RESOURCE_FIELDS,
  SCHEMA_URL_FIELD,
  SCOPE_FIELDS,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  STATUS_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import { type Integer, type Texts, writeCount, writeId, writeText, writeTexts, writeTime } from './rebuild-fields.ts';
import { type PointColumns, writePoint } from './rebuild-point.ts';

/** The Collector's columns of each part of an item. Maps have only text, so that other types of values are unknown. */
export interface PartColumns extends PointColumns {
  readonly traces: SpanColumns;
  readonly logs: LogColumns;
  readonly resource: ResourceColumns;
  readonly scope: ScopeColumns;
  readonly metric: { readonly name: string; readonly description: string; readonly unit: string };
  readonly data: { readonly temporality?: number; readonly isMonotonic?: boolean };
}

interface SpanColumns {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: string;
  /** In nanoseconds, as all times. */
  readonly start: Integer;
  readonly duration: Integer;
  readonly attributes: Texts;
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly eventTimes: readonly Integer[];
  readonly eventNames: readonly string[];
  readonly eventAttributes: readonly Texts[];
  readonly linkTraceIds: readonly string[];
  readonly linkSpanIds: readonly string[];
  readonly linkTraceStates: readonly string[];
  readonly linkAttributes: readonly Texts[];
}

interface LogColumns {
  readonly time: Integer;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Texts;
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

interface ResourceColumns {
  readonly attributes: Texts;
  readonly service: string;
  readonly schemaUrl?: string;
}

interface ScopeColumns {
  readonly name: string;
  readonly version: string;
  readonly attributes?: Texts;
  readonly droppedAttributesCount?: number;
  readonly schemaUrl?: string;
}

const writer = new WireWriter(512);

/** Encodes a part of an item whose columns are in JSON, with the name of the part in `of`. */
export function rebuild(json: string): Uint8Array {
  const columns = JSON.parse(json) as { readonly of: keyof PartColumns };
  const write = WRITERS[columns.of] as (columns: object) => void;
  write(columns);
  return writer.finish();
}

const WRITERS: { readonly [Part in keyof PartColumns]: (columns: PartColumns[Part]) => void } = {
  traces: writeSpan,
  logs: writeLog,
  gauge: (point) => writePoint(writer, 'gauge', point),
  sum: (point) => writePoint(writer, 'sum', point),
  histogram: (point) => writePoint(writer, 'histogram', point),
  exponentialHistogram: (point) => writePoint(writer, 'exponentialHistogram', point),
  summary: (point) => writePoint(writer, 'summary', point),
  resource: writeResource,
  scope: writeScope,
  metric({ name, description, unit }) {
    writeText(writer, METRIC_FIELDS.name, name);
    writeText(writer, METRIC_FIELDS.description, description);
    writeText(writer, METRIC_FIELDS.unit, unit);
  },
  data({ temporality = 0, isMonotonic = false }) {
    writeCount(writer, METRIC_DATA_FIELDS.aggregationTemporality, temporality);
    if (isMonotonic) writer.varintField(METRIC_DATA_FIELDS.isMonotonic, 1);
  },
};

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'];

function writeSpan(span: SpanColumns): void {
  const start = BigInt(span.start);
  writeId(writer, SPAN_FIELDS.traceId, span.traceId, 16);
  writeId(writer, SPAN_FIELDS.spanId, span.spanId, 8);
  writeText(writer, SPAN_FIELDS.traceState, span.traceState);
  writeId(writer, SPAN_FIELDS.parentSpanId, span.parentSpanId, 8);
  writeText(writer, SPAN_FIELDS.name, span.name);
  writeCount(writer, SPAN_FIELDS.kind, KINDS.indexOf(span.kind));
  writeTime(writer, SPAN_FIELDS.startTimeUnixNano, start);
  writeTime(writer, SPAN_FIELDS.endTimeUnixNano, start + BigInt(span.duration));
  writeTexts(writer, SPAN_FIELDS.attributes, span.attributes);
  for (const [index, time] of span.eventTimes.entries()) {
    writer.message(SPAN_FIELDS.events, (event) => {
      writeTime(event, SPAN_EVENT_FIELDS.timeUnixNano, time);
      writeText(event, SPAN_EVENT_FIELDS.name, span.eventNames[index]);
      writeTexts(event, SPAN_EVENT_FIELDS.attributes, span.eventAttributes[index]);
    });
  }
  for (const [index, traceId] of span.linkTraceIds.entries()) {
    writer.message(SPAN_FIELDS.links, (link) => {
      writeId(link, SPAN_LINK_FIELDS.traceId, traceId, 16);
      writeId(link, SPAN_LINK_FIELDS.spanId, span.linkSpanIds[index], 8);
      writeText(link, SPAN_LINK_FIELDS.traceState, span.linkTraceStates[index]);
      writeTexts(link, SPAN_LINK_FIELDS.attributes, span.linkAttributes[index]);
    });
  }
  writeStatus(STATUS_CODES.indexOf(span.statusCode), span.statusMessage);
}

function writeStatus(code: number, message: string): void {
  if (code <= 0 && message === '') return;
  writer.message(SPAN_FIELDS.status, (status) => {
    writeText(status, STATUS_FIELDS.message, message);
    writeCount(status, STATUS_FIELDS.code, code);
  });
}

function writeLog(record: LogColumns): void {
  writeTime(writer, LOG_RECORD_FIELDS.timeUnixNano, record.time);
  writeCount(writer, LOG_RECORD_FIELDS.severityNumber, record.severityNumber);
  writeText(writer, LOG_RECORD_FIELDS.severityText, record.severityText);
  if (record.body !== '') writer.message(LOG_RECORD_FIELDS.body, (body) => writeText(body, 1, record.body));
  writeTexts(writer, LOG_RECORD_FIELDS.attributes, record.attributes);
  if (record.flags !== 0) writer.fixed32Field(LOG_RECORD_FIELDS.flags, record.flags);
  writeId(writer, LOG_RECORD_FIELDS.traceId, record.traceId, 16);
  writeId(writer, LOG_RECORD_FIELDS.spanId, record.spanId, 8);
  writeText(writer, LOG_RECORD_FIELDS.eventName, record.eventName);
}

/** Other programs than the Collector may have the name of the service only in its own column. */
function writeResource({ attributes, service, schemaUrl }: ResourceColumns): void {
  const isNamed = service === '' || Object.hasOwn(attributes, 'service.name');
  writer.message(1, (resource) => {
    writeTexts(resource, RESOURCE_FIELDS.attributes, attributes);
    if (!isNamed) writeTexts(resource, RESOURCE_FIELDS.attributes, { 'service.name': service });
  });
  writeText(writer, SCHEMA_URL_FIELD, schemaUrl);
}

function writeScope({ name, version, attributes, droppedAttributesCount = 0, schemaUrl }: ScopeColumns): void {
  writer.message(1, (scope) => {
    writeText(scope, SCOPE_FIELDS.name, name);
    writeText(scope, SCOPE_FIELDS.version, version);
    writeTexts(scope, SCOPE_FIELDS.attributes, attributes);
    writeCount(scope, SCOPE_FIELDS.droppedAttributesCount, droppedAttributesCount);
  });
  writeText(writer, SCHEMA_URL_FIELD, schemaUrl);
}
