import {
  LOG_RECORD_FIELDS,
  type LogRecordView,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  type SpanEventView,
  type SpanView,
} from '@otelier/otlp';
import { attributeText } from '../../ottl/values/text.ts';
import { formatTimeRfc3339 } from '../../ottl/values/time.ts';
import { isMap, Time } from '../../ottl/values/value.ts';
import { Document } from '../elasticsearch/documents/document.ts';
import { type Field, field, numberField, objectOf, textField, textJson } from '../elasticsearch/documents/json.ts';
import { attributesIn, type Origin, valueIn } from '../elasticsearch/origin.ts';
import { attributesField, textsField } from './attributes.ts';

/** What documents contain beside the telemetry. */
export interface DocumentOptions {
  readonly dataset: string;
  readonly namespace: string;
  /** Time field of flat documents. */
  readonly timestampField: string;
  /** Whether the time of flat documents is in milliseconds since the epoch. */
  readonly unixTimestamp: boolean;
  /** Whether flat documents have nested objects instead of names with dots. */
  readonly dedot: boolean;
}

const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS_CODES = ['Unset', 'Ok', 'Error'];
const NANOS_PER_MILLI = 1_000_000n;

/** Encodes a time field. */
export function timeField(key: string, nanos: bigint): string {
  return field(key, `"${formatTimeRfc3339(new Time(nanos))}"`);
}

/** Encodes an integer field, also if it is 0. */
export function integerField(key: string, value: number | bigint): string {
  return field(key, String(value));
}

/** Encodes the stream of a document, an attribute of the Simple Schema for Observability. */
export function streamField(type: string, { dataset, namespace }: DocumentOptions): string {
  return field(
    'data_stream',
    objectOf([textField('dataset', dataset), textField('namespace', namespace), textField('type', type)]),
  );
}

/** Encodes the scope of a document of the Simple Schema for Observability. */
export function scopeField({ scope }: Origin): string {
  const { name, version, schemaUrl, attributes } = scope;
  const fields = [textField('name', name), textField('schemaUrl', schemaUrl), textField('version', version)];
  return field('instrumentationScope', objectOf([attributesField('attributes', attributes), ...fields]));
}

/** Returns the name of a span kind, as the Collector writes it. */
export function spanKindText({ kind }: SpanView): string {
  return SPAN_KINDS[kind] ?? '';
}

/** Encodes a log record in the Simple Schema for Observability. */
export function ss4oLog(record: LogRecordView, origin: Origin, options: DocumentOptions): string {
  const time = record.timeUnixNano || record.observedTimeUnixNano;
  const observed = record.observedTimeUnixNano || record.timeUnixNano;
  const attributes = attributesIn(record, LOG_RECORD_FIELDS.attributes);
  const { severityText, severityNumber } = record;
  return objectOf([
    attributesField('attributes', attributes, streamField('record', options)),
    field('body', textJson(attributeText(valueIn(record, LOG_RECORD_FIELDS.body)))),
    textField('eventName', record.eventName),
    scopeField(origin),
    timeField('observedTimestamp', observed),
    textsField('resource', origin.resource.attributes),
    textField('schemaUrl', origin.scope.schemaUrl),
    field('severity', objectOf([textField('text', severityText), numberField('number', severityNumber)])),
    textField('spanId', record.spanId),
    timeField('@timestamp', time),
    textField('traceId', record.traceId),
  ]);
}

/** Encodes a span in the Simple Schema for Observability. */
export function ss4oSpan(span: SpanView, origin: Origin, options: DocumentOptions): string {
  const { events, startTimeUnixNano } = span;
  const attributes = attributesIn(span, SPAN_FIELDS.attributes);
  const status = [
    textField('code', STATUS_CODES[span.statusCode] ?? ''),
    field('message', textJson(span.statusMessage)),
  ];
  return objectOf([
    attributesField('attributes', attributes, streamField('span', options)),
    integerField('droppedAttributesCount', span.droppedAttributesCount),
    integerField('droppedEventsCount', span.droppedEventsCount),
    integerField('droppedLinksCount', span.droppedLinksCount),
    timeField('endTime', span.endTimeUnixNano),
    events.length === 0 ? undefined : field('events', `[${events.map((each) => ss4oEvent(each, span)).join(',')}]`),
    scopeField(origin),
    field('kind', textJson(spanKindText(span))),
    linksField(span, false),
    field('name', textJson(span.name)),
    field('parentSpanId', textJson(span.parentSpanId)),
    textsField('resource', origin.resource.attributes),
    field('spanId', textJson(span.spanId)),
    timeField('startTime', startTimeUnixNano),
    field('status', objectOf(status)),
    timeField('@timestamp', startTimeUnixNano),
    field('traceId', textJson(span.traceId)),
    field('traceState', textJson(span.traceState)),
  ]);
}

function ss4oEvent(event: SpanEventView, span: SpanView): string {
  return objectOf([
    field('attributes', attributesOrEmpty(event)),
    integerField('droppedAttributesCount', event.droppedAttributesCount),
    field('name', textJson(event.name)),
    event.timeUnixNano === 0n
      ? timeField('observedTimestamp', span.endTimeUnixNano)
      : timeField('@timestamp', event.timeUnixNano),
  ]);
}

function attributesOrEmpty(event: SpanEventView): string {
  const encoded = attributesField('x', attributesIn(event, SPAN_EVENT_FIELDS.attributes));
  return encoded === undefined ? '{}' : encoded.slice('"x":'.length);
}

/** Encodes the links of a span, unless it has none. */
export function linksField({ links }: SpanView, hasZeros: boolean): Field {
  if (links.length === 0) return undefined;
  const encoded = links.map((link) =>
    objectOf([
      attributesField('attributes', attributesIn(link, SPAN_LINK_FIELDS.attributes)),
      textField('spanId', link.spanId),
      textField('traceId', link.traceId),
      textField('traceState', link.traceState),
      (hasZeros ? integerField : numberField)('droppedAttributesCount', link.droppedAttributesCount),
    ]),
  );
  return field('links', `[${encoded.join(',')}]`);
}

/** Encodes a log record with flat names, in the modes `ecs` and `flatten_attributes`. */
export function flatLog(record: LogRecordView, origin: Origin, options: DocumentOptions, prefix: string): string {
  const { timestampField, unixTimestamp, dedot } = options;
  const time = record.timeUnixNano || record.observedTimeUnixNano;
  const document = new Document().attributes(prefix, origin.resource.attributes);
  if (unixTimestamp) document.integer(timestampField, time / NANOS_PER_MILLI);
  else document.time(timestampField, time);
  document.text('TraceId', record.traceId).text('SpanId', record.spanId).integer('TraceFlags', record.flags);
  document.text('SeverityText', record.severityText).integer('SeverityNumber', record.severityNumber);
  document.text('EventName', record.eventName);
  const body = valueIn(record, LOG_RECORD_FIELDS.body);
  document.attribute(isMap(body) ? 'Body' : 'Body.value', body);
  return document.attributes(prefix, attributesIn(record, LOG_RECORD_FIELDS.attributes)).encode(dedot);
}
