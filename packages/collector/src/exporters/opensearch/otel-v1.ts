import { LOG_RECORD_FIELDS, type LogRecordView, SPAN_EVENT_FIELDS, SPAN_FIELDS, type SpanView } from '@otelier/otlp';
import { attributeText } from '../../ottl/values/text.ts';
import { type Field, field, objectOf, textField, textJson } from '../elasticsearch/documents/json.ts';
import { attributesIn, type Origin, valueIn } from '../elasticsearch/origin.ts';
import { attributesField } from './attributes.ts';
import { integerField, linksField, spanKindText, timeField } from './documents.ts';

/** Encodes a log record in the schema of OpenSearch Data Prepper. */
export function otelV1Log(record: LogRecordView, origin: Origin): string {
  const time = record.timeUnixNano || record.observedTimeUnixNano;
  const severity = [integerField('number', record.severityNumber), textField('text', record.severityText)];
  return objectOf([
    timeField('@timestamp', time),
    timeField('time', time),
    timeField('observedTime', record.observedTimeUnixNano),
    field('severity', objectOf(severity)),
    textField('body', attributeText(valueIn(record, LOG_RECORD_FIELDS.body))),
    textField('eventName', record.eventName),
    textField('traceId', record.traceId),
    textField('spanId', record.spanId),
    integerField('flags', record.flags),
    integerField('droppedAttributesCount', record.droppedAttributesCount),
    ...originFields(origin),
    attributesField('attributes', attributesIn(record, LOG_RECORD_FIELDS.attributes)),
  ]);
}

/** Encodes a span in the schema of OpenSearch Data Prepper. */
export function otelV1Span(span: SpanView, origin: Origin): string {
  const { startTimeUnixNano, endTimeUnixNano, statusCode } = span;
  const duration = integerField('durationInNanos', endTimeUnixNano - startTimeUnixNano);
  return objectOf([
    field('traceId', textJson(span.traceId)),
    field('spanId', textJson(span.spanId)),
    field('parentSpanId', textJson(span.parentSpanId)),
    field('name', textJson(span.name)),
    field('kind', textJson(spanKindText(span))),
    textField('traceState', span.traceState),
    timeField('startTime', startTimeUnixNano),
    timeField('endTime', endTimeUnixNano),
    timeField('@timestamp', startTimeUnixNano),
    timeField('time', startTimeUnixNano),
    duration,
    serviceNameField(origin),
    field('status', objectOf([integerField('code', statusCode), textField('message', span.statusMessage)])),
    ...(span.isRoot
      ? [
          textField('traceGroup', span.name),
          field(
            'traceGroupFields',
            objectOf([timeField('endTime', endTimeUnixNano), duration, integerField('statusCode', statusCode)]),
          ),
        ]
      : []),
    eventsField(span),
    linksField(span, true),
    integerField('droppedAttributesCount', span.droppedAttributesCount),
    integerField('droppedEventsCount', span.droppedEventsCount),
    integerField('droppedLinksCount', span.droppedLinksCount),
    ...originFields(origin),
    attributesField('attributes', attributesIn(span, SPAN_FIELDS.attributes)),
  ]);
}

/** Encodes the name of the service, unless there is none. */
export function serviceNameField({ resource }: Origin): Field {
  return textField('serviceName', attributeText(resource.attributes.get('service.name')));
}

/** Encodes the resource and the scope in the schema of OpenSearch Data Prepper. */
export function originFields({ resource, scope }: Origin): readonly Field[] {
  return [
    field(
      'resource',
      objectOf([
        attributesField('attributes', resource.attributes),
        integerField('droppedAttributesCount', resource.droppedAttributesCount),
        textField('schemaUrl', scope.schemaUrl),
      ]),
    ),
    field(
      'instrumentationScope',
      objectOf([
        textField('name', scope.name),
        textField('version', scope.version),
        textField('schemaUrl', scope.schemaUrl),
        attributesField('attributes', scope.attributes),
        integerField('droppedAttributesCount', scope.droppedAttributesCount),
      ]),
    ),
  ];
}

function eventsField({ events }: SpanView): Field {
  if (events.length === 0) return undefined;
  const encoded = events.map((event) =>
    objectOf([
      field('name', textJson(event.name)),
      attributesField('attributes', attributesIn(event, SPAN_EVENT_FIELDS.attributes)),
      integerField('droppedAttributesCount', event.droppedAttributesCount),
      timeField('time', event.timeUnixNano),
    ]),
  );
  return field('events', `[${encoded.join(',')}]`);
}
