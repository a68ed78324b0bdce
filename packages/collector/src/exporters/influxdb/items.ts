import type { AttributesView, AttributeValue, LogRecordView, ResourceView, ScopeView, SpanView } from '@otelier/otlp';
import { attributeJson, attributeText } from '../../json/attribute-json.ts';
import type { LineFieldValue, LineToWrite } from './line.ts';

/** Names of attributes and fields that become tags. */
export interface Dimensions {
  readonly span: ReadonlySet<string>;
  readonly logRecord: ReadonlySet<string>;
}

const KINDS = ['', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUSES = ['', 'Ok', 'Error'];

/** Returns the lines of a span, of its events and of its links; a text if it cannot be written. */
export function spanLines(span: SpanView, { span: dimensions }: Dimensions): readonly LineToWrite[] | string {
  const { traceId, spanId, startTimeUnixNano: timeUnixNano, endTimeUnixNano, droppedAttributesCount } = span;
  if (traceId === '' || spanId === '') return 'expected a span with a trace ID and a span ID, got none';
  if (timeUnixNano === 0n) return 'expected a span with a start time, got none';
  const builder = new LineBuilder(dimensions);
  builder.add('trace_id', traceId);
  builder.add('span_id', spanId);
  builder.field('trace_state', span.traceState);
  builder.add('parent_span_id', span.parentSpanId);
  builder.add('span.name', span.name);
  builder.add('span.kind', KINDS[span.kind] ?? '');
  if (endTimeUnixNano > 0n) {
    builder.field('end_time_unix_nano', endTimeUnixNano);
    builder.field('duration_nano', endTimeUnixNano - timeUnixNano);
  }
  builder.field('otel.status_code', STATUSES[span.statusCode] ?? '');
  builder.field('otel.status_description', span.statusMessage);
  builder.attributes(span);
  builder.count('dropped_attributes_count', droppedAttributesCount);
  builder.count('dropped_events_count', span.droppedEventsCount);
  builder.count('dropped_links_count', span.droppedLinksCount);
  return [builder.line('spans', timeUnixNano), ...eventLines(span), ...linkLines(span)];
}

function eventLines({ events, traceId, spanId }: SpanView): readonly LineToWrite[] {
  return events.map((event) => {
    const builder = new LineBuilder(NO_DIMENSIONS);
    builder.tag('trace_id', traceId).tag('span_id', spanId);
    builder.field('event.name', event.name);
    builder.json(event.attributes);
    builder.count('dropped_attributes_count', event.droppedAttributesCount);
    return builder.line('logs', event.timeUnixNano);
  });
}

function linkLines({ links, traceId, spanId, startTimeUnixNano }: SpanView): readonly LineToWrite[] {
  return links.map((link) => {
    const builder = new LineBuilder(NO_DIMENSIONS);
    builder.tag('trace_id', traceId).tag('span_id', spanId);
    builder.tag('linked_trace_id', link.traceId).tag('linked_span_id', link.spanId);
    builder.field('trace_state', link.traceState);
    builder.json(link.attributes);
    // A line needs a field.
    builder.field('dropped_attributes_count', BigInt(link.droppedAttributesCount));
    return builder.line('span-links', startTimeUnixNano);
  });
}

const NO_DIMENSIONS: ReadonlySet<string> = new Set();

/** Returns the line of a log record; a text if it cannot be written. */
export function logLine(record: LogRecordView, { logRecord: dimensions }: Dimensions): LineToWrite | string {
  const timeUnixNano = record.timeUnixNano || record.observedTimeUnixNano;
  if (timeUnixNano === 0n) return 'expected a log record with a time, got none';
  const builder = new LineBuilder(dimensions);
  builder.add('trace_id', record.traceId);
  builder.add('span_id', record.spanId);
  builder.add('event.name', record.eventName);
  if (record.severityNumber > 0) builder.field('severity_number', BigInt(record.severityNumber));
  builder.field('severity_text', record.severityText);
  builder.attributes(record);
  builder.count('dropped_attributes_count', record.droppedAttributesCount);
  const line = builder.line('logs', timeUnixNano);
  return { ...line, fields: new Map(line.fields).set('body', attributeText(record.body)) };
}

interface Attributed {
  readonly resource: ResourceView;
  readonly scope: ScopeView;
  readonly attributes: AttributesView;
}

class LineBuilder {
  readonly #tags = new Map<string, string>();
  readonly #fields = new Map<string, LineFieldValue>();
  readonly #dimensions: ReadonlySet<string>;

  constructor(dimensions: ReadonlySet<string>) {
    this.#dimensions = dimensions;
  }

  tag(key: string, value: string): this {
    this.#tags.set(key, value);
    return this;
  }

  /** Adds a tag if it is a dimension, and a field otherwise. */
  add(key: string, value: string): void {
    if (value === '') return;
    if (this.#dimensions.has(key)) this.#tags.set(key, value);
    else this.#fields.set(key, value);
  }

  field(key: string, value: LineFieldValue): void {
    if (value !== '') this.#fields.set(key, value);
  }

  count(key: string, value: number): void {
    if (value > 0) this.#fields.set(key, BigInt(value));
  }

  /** Adds the attributes of an item, of its scope and of its resource: as tags, or in one field. */
  attributes({ resource, scope, attributes }: Attributed): void {
    const others = new Map<string, AttributeValue>();
    for (const [key, value] of [...resource.attributes, ...scopeAttributes(scope), ...attributes]) {
      if (this.#dimensions.has(key)) this.#tags.set(key, attributeText(value));
      else others.set(key, value);
    }
    this.json(others);
  }

  json(attributes: Iterable<readonly [string, AttributeValue]>): void {
    const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
    if (sorted.length > 0) this.#fields.set('attributes', attributeJson(Object.fromEntries(sorted)));
  }

  line(measurement: string, timeUnixNano: bigint): LineToWrite {
    return { measurement, tags: this.#tags, fields: this.#fields, timeUnixNano };
  }
}

/** Returns the attributes of a scope, with its name and version. */
export function scopeAttributes({ name, version, attributes }: ScopeView): (readonly [string, AttributeValue])[] {
  return [
    ...(name === '' ? [] : [['otel.library.name', name] as const]),
    ...(version === '' ? [] : [['otel.library.version', version] as const]),
    ...attributes,
  ];
}
