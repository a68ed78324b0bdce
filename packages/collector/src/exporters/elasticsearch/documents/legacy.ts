import {
  LOG_RECORD_FIELDS,
  type LogRecordView,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  type SpanView,
} from '@otelier/otlp';
import { jsonOf } from '../../../ottl/values/text.ts';
import type { ValueMap } from '../../../ottl/values/value.ts';
import { EvaluationError } from '../../../ottl/values/value.ts';
import { attributesIn, type Origin, type Scope, valueIn } from '../origin.ts';
import type { Index } from '../routing.ts';
import { Document, joined } from './document.ts';
import { addStream } from './ecs.ts';

/** Where attributes and events are in documents of the modes `none` and `raw`. */
export interface LegacyNames {
  readonly attributes: '' | 'Attributes';
  readonly events: '' | 'Events';
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

/** Encodes a log record with the names of OTLP. */
export function legacyLog(record: LogRecordView, origin: Origin, index: Index, names: LegacyNames): string {
  const document = new Document().time('@timestamp', record.timeUnixNano || record.observedTimeUnixNano);
  document.text('TraceId', record.traceId).text('SpanId', record.spanId).integer('TraceFlags', record.flags);
  document.text('SeverityText', record.severityText).integer('SeverityNumber', record.severityNumber);
  document.attribute('Body', valueIn(record, LOG_RECORD_FIELDS.body));
  addOrigin(document, origin);
  addOwn(document, attributesIn(record, LOG_RECORD_FIELDS.attributes), index, names);
  return document.encode(false);
}

/** Encodes a span with its events, with the names of OTLP. */
export function legacySpan(span: SpanView, origin: Origin, index: Index, names: LegacyNames): string {
  const { startTimeUnixNano, endTimeUnixNano } = span;
  const document = new Document().time('@timestamp', startTimeUnixNano).time('EndTimestamp', endTimeUnixNano);
  document.text('TraceId', span.traceId).text('SpanId', span.spanId).text('ParentSpanId', span.parentSpanId);
  const kind = KINDS[span.kind];
  document.text('Name', span.name).text('Kind', kind === undefined ? '' : `SPAN_KIND_${kind}`);
  document.integer('TraceStatus', span.statusCode).text('TraceStatusDescription', span.statusMessage);
  document.text('Link', linksJson(span));
  document.integer('Duration', (endTimeUnixNano - startTimeUnixNano) / 1000n);
  addOrigin(document, origin);
  addOwn(document, attributesIn(span, SPAN_FIELDS.attributes), index, names);
  for (const event of span.events) {
    const name = joined(names.events, event.name);
    document.time(`${name}.time`, event.timeUnixNano);
    document.attributes(name, attributesIn(event, SPAN_EVENT_FIELDS.attributes));
  }
  return document.encode(false);
}

function addOrigin(document: Document, { resource, scope }: Origin): void {
  document.attributes('Resource', resource.attributes).attributes('Scope', scopeAttributes(scope));
}

function scopeAttributes({ attributes, name, version }: Scope): ValueMap {
  return new Map([...attributes, ['name', name], ['version', version]]);
}

function addOwn(document: Document, attributes: ValueMap, index: Index, names: LegacyNames): void {
  document.attributes(names.attributes, attributes);
  addStream(document, index, names.attributes === '' ? '' : `${names.attributes}.`);
}

/** Encodes links as a text of JSON, which is empty if an attribute is no value of JSON. */
function linksJson(span: SpanView): string {
  try {
    const links = span.links.map((link) => {
      const attributes = attributesIn(link, SPAN_LINK_FIELDS.attributes);
      return new Map<string, string | ValueMap>([
        ['attribute', attributes],
        ['spanID', link.spanId],
        ['traceID', link.traceId],
      ]);
    });
    return jsonOf(links);
  } catch (error) {
    if (error instanceof EvaluationError) return '';
    throw error;
  }
}
