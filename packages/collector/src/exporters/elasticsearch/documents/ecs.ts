import {
  LOG_RECORD_FIELDS,
  type LogRecordView,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  type SpanEventView,
  type SpanView,
} from '@otelier/otlp';
import type { ValueMap } from '../../../ottl/values/value.ts';
import { attributesIn, type Origin, valueIn } from '../origin.ts';
import { CONTROL, datasetName, type Index, namespaceOf, streamIndex } from '../routing.ts';
import { Document } from './document.ts';
import { ATTRIBUTES, type Conversion, namesOf } from './ecs-names.ts';

const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const OUTCOMES = ['', 'success', 'failure'];
const LOG_NAMES = namesOf(ATTRIBUTES.resource, ATTRIBUTES.log);
const SPAN_NAMES = namesOf(ATTRIBUTES.resource, ATTRIBUTES.span);
const EVENT_NAMES = namesOf(ATTRIBUTES.resource, ATTRIBUTES.spanEvent);

/** Encodes a log record by the Elastic Common Schema. */
export function ecsLog(record: LogRecordView, origin: Origin, index: Index): string {
  const document = documentOf(origin);
  addAttributes(document, attributesIn(record, LOG_RECORD_FIELDS.attributes), ATTRIBUTES.log);
  addStream(document, index);
  document.time('@timestamp', record.timeUnixNano || record.observedTimeUnixNano);
  document.text('trace.id', record.traceId).text('span.id', record.spanId);
  if (record.severityNumber !== 0) document.integer('event.severity', record.severityNumber);
  document.text('log.level', record.severityText);
  const body = valueIn(record, LOG_RECORD_FIELDS.body);
  if (typeof body === 'string') document.attribute('message', body);
  return document.encode(true, LOG_NAMES);
}

/** Encodes a span by the Elastic Common Schema. */
export function ecsSpan(span: SpanView, origin: Origin, index: Index): string {
  const document = documentOf(origin);
  addAttributes(document, attributesIn(span, SPAN_FIELDS.attributes), ATTRIBUTES.span);
  addStream(document, index);
  document.time('@timestamp', span.startTimeUnixNano);
  document.text('trace.id', span.traceId).text('span.id', span.spanId).text('span.name', span.name);
  document.text('parent.id', span.parentSpanId).text('event.outcome', OUTCOMES[span.statusCode] ?? '');
  document.documents(
    'span.links',
    span.links.map(({ traceId, spanId }) => new Document().text('trace.id', traceId).text('span.id', spanId)),
  );
  document.text('span.kind', KINDS[span.kind] ?? '');
  return document.encode(true, SPAN_NAMES);
}

/** Encodes a span event as a log record of Elastic APM, which has a data stream of its own. */
export function ecsSpanEvent(span: SpanView, event: SpanEventView, origin: Origin): { index: Index; json: string } {
  const attributes = attributesIn(event, SPAN_EVENT_FIELDS.attributes);
  const isException =
    event.name === 'exception' && (attributes.has('exception.type') || attributes.has('exception.message'));
  const service = origin.resource.attributes.get('service.name');
  const app = typeof service === 'string' && service !== '' ? datasetName(`apm.app.${service}`) : 'apm.app';
  const index = streamIndex('logs', isException ? 'apm.error' : app, namespaceOf(attributes, origin));
  const document = documentOf(origin);
  addAttributes(document, attributes, ATTRIBUTES.spanEvent);
  addStream(document, index);
  document.time('@timestamp', event.timeUnixNano).text('trace.id', span.traceId);
  const transaction = attributesIn(span, SPAN_FIELDS.attributes).get('transaction.id');
  if (transaction !== undefined) {
    const id = typeof transaction === 'string' ? transaction : '';
    document.text('transaction.id', id).text('span.id', id);
    if (isException) document.text('parent.id', id);
  } else document.text(isException ? 'parent.id' : 'span.id', span.spanId);
  if (!isException) document.text('event.kind', 'event').text('message', event.name);
  return { index, json: document.encode(true, EVENT_NAMES) };
}

/** Creates a document with the attributes of the resource and the scope. */
function documentOf({ resource, scope }: Origin): Document {
  const document = new Document();
  addAttributes(document, resource.attributes, ATTRIBUTES.resource);
  return document.attributes('', scope.attributes);
}

/** Adds attributes under their names in the schema. */
export function addAttributes(
  document: Document,
  attributes: ValueMap,
  conversions: ReadonlyMap<string, Conversion>,
): void {
  for (const [key, value] of attributes) {
    const conversion = conversions.get(key);
    if (conversion === 'skip') continue;
    if (conversion === undefined) {
      document.attribute(key, value);
      continue;
    }
    if (typeof conversion === 'string') document.attribute(conversion, value);
    else {
      // The original name stays beside the other one, which an attribute may have already.
      if (!attributes.has(conversion.to)) document.attribute(conversion.to, value);
      document.attribute(key, value);
    }
  }
}

/** Adds the parts of the name of a data stream, below `prefix`. */
export function addStream(document: Document, { stream }: Index, prefix = ''): void {
  if (stream === undefined) return;
  document.text(`${prefix}${CONTROL.type}`, stream.type).text(`${prefix}${CONTROL.dataset}`, stream.dataset);
  document.text(`${prefix}${CONTROL.namespace}`, stream.namespace);
}
