import type { LogRecordView, SpanEventView, SpanView } from '@otelier/otlp';
import { LOG_RECORD_FIELDS, SPAN_EVENT_FIELDS, SPAN_FIELDS, SPAN_LINK_FIELDS } from '@otelier/otlp';
import { isList, isMap, type Value, type ValueMap } from '../../../ottl/values/value.ts';
import { attributesIn, type Origin, type Resource, type Scope, valueIn } from '../origin.ts';
import { CONTROL, type Index } from '../routing.ts';
import { doubleJson, type Field, field, numberField, objectOf, textField, textJson, valueJson } from './json.ts';

/** Attributes that no document contains. */
const CONTROLS: ReadonlySet<string> = new Set(Object.values(CONTROL));
const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS_CODES = ['', 'Ok', 'Error'];

/** Encodes a log record as a document of the mapping mode `otel`. */
export function otelLog(record: LogRecordView, origin: Origin, index: Index): string {
  const attributes = attributesIn(record, LOG_RECORD_FIELDS.attributes);
  const name = attributes.get('event.name');
  return objectOf([
    timeField('@timestamp', record.timeUnixNano || record.observedTimeUnixNano),
    timeField('observed_timestamp', record.observedTimeUnixNano),
    streamField(index),
    textField('severity_text', record.severityText),
    numberField('severity_number', record.severityNumber),
    textField('trace_id', record.traceId),
    textField('span_id', record.spanId),
    attributesField(attributes),
    numberField('dropped_attributes_count', record.droppedAttributesCount),
    textField('event_name', record.eventName || (typeof name === 'string' ? name : '')),
    ...originFields(origin),
    bodyField(valueIn(record, LOG_RECORD_FIELDS.body)),
  ]);
}

/** Encodes a span as a document of the mapping mode `otel`. */
export function otelSpan(span: SpanView, origin: Origin, index: Index): string {
  const links = span.links.map((link) =>
    objectOf([
      textField('trace_id', link.traceId),
      textField('span_id', link.spanId),
      textField('trace_state', link.traceState),
      attributesField(attributesIn(link, SPAN_LINK_FIELDS.attributes)),
      numberField('dropped_attributes_count', link.droppedAttributesCount),
    ]),
  );
  const status = [textField('message', span.statusMessage), textField('code', STATUS_CODES[span.statusCode] ?? '')];
  return objectOf([
    timeField('@timestamp', span.startTimeUnixNano),
    streamField(index),
    textField('trace_id', span.traceId),
    textField('span_id', span.spanId),
    textField('trace_state', span.traceState),
    textField('parent_span_id', span.parentSpanId),
    textField('name', span.name),
    textField('kind', KINDS[span.kind] ?? ''),
    field('duration', String(BigInt.asUintN(64, span.endTimeUnixNano - span.startTimeUnixNano))),
    attributesField(attributesIn(span, SPAN_FIELDS.attributes)),
    numberField('dropped_attributes_count', span.droppedAttributesCount),
    numberField('dropped_events_count', span.droppedEventsCount),
    field('links', `[${links.join(',')}]`),
    numberField('dropped_links_count', span.droppedLinksCount),
    field('status', objectOf(status)),
    ...originFields(origin),
  ]);
}

/** Encodes a span event as a document of the mapping mode `otel`. */
export function otelSpanEvent(span: SpanView, event: SpanEventView, origin: Origin, index: Index): string {
  const attributes = attributesIn(event, SPAN_EVENT_FIELDS.attributes);
  if (event.name !== '') attributes.set('event.name', event.name);
  return objectOf([
    timeField('@timestamp', event.timeUnixNano),
    streamField(index),
    textField('trace_id', span.traceId),
    textField('span_id', span.spanId),
    numberField('dropped_attributes_count', event.droppedAttributesCount),
    textField('event_name', event.name),
    attributesField(attributes),
    ...originFields(origin),
  ]);
}

/** Encodes a time in milliseconds, with nanoseconds after a point. */
function timeField(key: string, nanos: bigint): string {
  return field(key, `"${nanos / 1_000_000n}.${nanos % 1_000_000n}"`);
}

/** Encodes the parts of the name of a data stream. */
export function streamField({ stream }: Index): Field {
  if (stream === undefined) return undefined;
  const { type, dataset, namespace } = stream;
  return field(
    'data_stream',
    objectOf([textField('type', type), textField('dataset', dataset), textField('namespace', namespace)]),
  );
}

const encodedResources = new WeakMap<Resource, string>();
const encodedScopes = new WeakMap<Scope, string>();

/** Encodes the resource and the scope, each once for all items of a group. */
function originFields({ resource, scope }: Origin): readonly string[] {
  const known = encodedResources.get(resource) ?? resourceField(resource, false);
  encodedResources.set(resource, known);
  const knownScope = encodedScopes.get(scope) ?? scopeField(scope, false);
  encodedScopes.set(scope, knownScope);
  return [known, knownScope];
}

/** Encodes a resource. With `stringifyMaps`, attributes that are maps become texts. */
export function resourceField(resource: Resource, stringifyMaps: boolean): string {
  const { schemaUrl, attributes, droppedAttributesCount } = resource;
  return field(
    'resource',
    objectOf([
      textField('schema_url', schemaUrl),
      attributesField(attributes, stringifyMaps),
      numberField('dropped_attributes_count', droppedAttributesCount),
    ]),
  );
}

/** Encodes a scope. With `stringifyMaps`, attributes that are maps become texts. */
export function scopeField(scope: Scope, stringifyMaps: boolean): string {
  const { schemaUrl, name, version, attributes, droppedAttributesCount } = scope;
  return field(
    'scope',
    objectOf([
      textField('schema_url', schemaUrl),
      textField('name', name),
      textField('version', version),
      attributesField(attributes, stringifyMaps),
      numberField('dropped_attributes_count', droppedAttributesCount),
    ]),
  );
}

/** Encodes attributes. Latitudes and longitudes with the same prefix become points. */
export function attributesField(attributes: ValueMap, stringifyMaps = false): Field {
  if (attributes.size === 0) return undefined;
  const fields: string[] = [];
  const places = new Map<string, Place>();
  for (const [key, value] of attributes) {
    if (CONTROLS.has(key)) continue;
    const coordinate = typeof value === 'number' ? COORDINATE.exec(key) : null;
    if (coordinate === null) fields.push(field(key, valueJson(value, stringifyMaps)));
    else {
      const [, prefix = '', axis = ''] = coordinate;
      places.set(prefix, { ...places.get(prefix), [axis]: value });
    }
  }
  for (const [prefix, place] of places) fields.push(...placeFields(`${prefix}geo.location`, place));
  return field('attributes', objectOf(fields));
}

const COORDINATE = /^(.*\.|)geo\.location\.(lat|lon)$/s;

interface Place {
  readonly lat?: number;
  readonly lon?: number;
}

function placeFields(key: string, { lat, lon }: Place): readonly string[] {
  if (lat !== undefined && lon !== undefined) return [field(key, `[${doubleJson(lon)},${doubleJson(lat)}]`)];
  if (lon !== undefined) return [field(`${key}.lon`, doubleJson(lon))];
  return lat === undefined ? [] : [field(`${key}.lat`, doubleJson(lat))];
}

/** Encodes a body as `text` or, for maps and lists, as `structured`. Elasticsearch has lists of objects only. */
function bodyField(body: Value): Field {
  if (body === undefined) return undefined;
  if (isMap(body)) return field('body', objectOf([field('structured', valueJson(body))]));
  if (!isList(body)) return field('body', objectOf([field('text', valueJson(body))]));
  const list = body.every(isMap) ? valueJson(body) : `{${textJson('value')}:${valueJson(body)}}`;
  return field('body', objectOf([field('structured', list)]));
}
