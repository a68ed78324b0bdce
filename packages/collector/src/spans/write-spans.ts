import { SPAN_EVENT_FIELDS, SPAN_FIELDS, SPAN_LINK_FIELDS, STATUS_FIELDS, WireWriter } from '@otelier/otlp';
import { writeMap } from '../ottl/values/codec.ts';
import type { EventData, LinkData, ResourceSpansData, ScopeSpansData, SpanData } from './span-data.ts';

/** A request with the number of its spans. */
export interface WrittenSpans {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** Writes spans as an `ExportTraceServiceRequest`. Resources and scopes without spans are left out. */
export function writeSpans(resources: Iterable<ResourceSpansData>): WrittenSpans {
  const writer = new WireWriter(4096);
  let itemCount = 0;
  for (const { attributes, scopes } of resources) {
    const spanCount = scopes.reduce((sum, { spans }) => sum + spans.length, 0);
    if (spanCount === 0) continue;
    itemCount += spanCount;
    writer.open(RESOURCE_SPANS);
    writer.open(RESOURCE);
    writeMap(writer, attributes, RESOURCE_ATTRIBUTES);
    writer.close();
    for (const scope of scopes) if (scope.spans.length > 0) writeScope(writer, scope);
    writer.close();
  }
  return { bytes: writer.finish(), itemCount };
}

const RESOURCE_SPANS = 1;
const RESOURCE = 1;
const RESOURCE_ATTRIBUTES = 1;
const SCOPE_SPANS = 2;
const SCOPE = 1;
const SCOPE_NAME = 1;
const SCOPE_VERSION = 2;
const SPANS = 2;

function writeScope(writer: WireWriter, { name, version, spans }: ScopeSpansData): void {
  writer.open(SCOPE_SPANS);
  writer.open(SCOPE);
  writeText(writer, SCOPE_NAME, name);
  writeText(writer, SCOPE_VERSION, version);
  writer.close();
  for (const span of spans) {
    writer.open(SPANS);
    writeSpan(writer, span);
    writer.close();
  }
  writer.close();
}

function writeSpan(writer: WireWriter, span: SpanData): void {
  writeId(writer, SPAN_FIELDS.traceId, span.traceId);
  writeId(writer, SPAN_FIELDS.spanId, span.spanId);
  writeText(writer, SPAN_FIELDS.traceState, span.traceState);
  writeId(writer, SPAN_FIELDS.parentSpanId, span.parentSpanId);
  writeText(writer, SPAN_FIELDS.name, span.name);
  if (span.kind !== 0) writer.varintField(SPAN_FIELDS.kind, span.kind);
  writer.fixed64Field(SPAN_FIELDS.startTimeUnixNano, span.start);
  writer.fixed64Field(SPAN_FIELDS.endTimeUnixNano, span.end);
  writeMap(writer, span.attributes, SPAN_FIELDS.attributes);
  for (const event of span.events) writeEvent(writer, event);
  for (const link of span.links) writeLink(writer, link);
  const { code, message } = span.status;
  if (code !== 0 || message !== '') {
    writer.open(SPAN_FIELDS.status);
    writeText(writer, STATUS_FIELDS.message, message);
    // Codes that OTLP does not define are passed on, as in the Collector.
    if (code !== 0) writer.bigIntField(STATUS_FIELDS.code, BigInt(code));
    writer.close();
  }
  if (span.flags !== 0) writer.fixed32Field(SPAN_FIELDS.flags, span.flags);
}

function writeEvent(writer: WireWriter, { time, name, attributes, droppedAttributesCount }: EventData): void {
  writer.open(SPAN_FIELDS.events);
  writer.fixed64Field(SPAN_EVENT_FIELDS.timeUnixNano, time);
  writeText(writer, SPAN_EVENT_FIELDS.name, name);
  writeMap(writer, attributes, SPAN_EVENT_FIELDS.attributes);
  if (droppedAttributesCount > 0) {
    writer.varintField(SPAN_EVENT_FIELDS.droppedAttributesCount, droppedAttributesCount);
  }
  writer.close();
}

function writeLink(writer: WireWriter, link: LinkData): void {
  writer.open(SPAN_FIELDS.links);
  writeId(writer, SPAN_LINK_FIELDS.traceId, link.traceId);
  writeId(writer, SPAN_LINK_FIELDS.spanId, link.spanId);
  writeText(writer, SPAN_LINK_FIELDS.traceState, link.traceState);
  writeMap(writer, link.attributes, SPAN_LINK_FIELDS.attributes);
  if (link.droppedAttributesCount > 0) {
    writer.varintField(SPAN_LINK_FIELDS.droppedAttributesCount, link.droppedAttributesCount);
  }
  writer.close();
}

function writeText(writer: WireWriter, field: number, text: string): void {
  if (text !== '') writer.stringField(field, text);
}

function writeId(writer: WireWriter, field: number, id: Uint8Array): void {
  if (!isEmptyId(id)) writer.bytesField(field, id);
}

/** Reports whether an ID is empty or zero, which both mean that there is none. */
export function isEmptyId(id: Uint8Array): boolean {
  for (let index = 0; index < id.length; index++) if (id[index] !== 0) return false;
  return true;
}
