import type { SpanContext, SpanStatus, TraceState } from '@opentelemetry/api';
import type { TagWriter } from '@otelier/otlp';
import type { Instant } from '../time.ts';
import { type AttributeData, writeCount, writeCountedAttributes } from '../wire/attributes.ts';
import {
  EVENT_ATTRIBUTES,
  EVENT_NAME,
  EVENT_TIME,
  ITEM,
  LINK_ATTRIBUTES,
  LINK_FLAGS,
  LINK_SPAN_ID,
  LINK_TRACE_ID,
  LINK_TRACE_STATE,
  SPAN_ATTRIBUTES,
  SPAN_DROPPED_EVENTS,
  SPAN_DROPPED_LINKS,
  SPAN_END_TIME,
  SPAN_EVENTS,
  SPAN_FLAGS,
  SPAN_KIND,
  SPAN_LINKS,
  SPAN_NAME,
  SPAN_PARENT_SPAN_ID,
  SPAN_SPAN_ID,
  SPAN_START_TIME,
  SPAN_STATUS,
  SPAN_TRACE_ID,
  SPAN_TRACE_STATE,
  STATUS_CODE,
  STATUS_MESSAGE,
} from '../wire/tags.ts';
import { copyIds, PARENT_ID, SPAN_ID, writeHexId } from './ids.ts';

/** The data of a span. */
export interface SpanRecord {
  /** The block that contains the span's IDs: 32 bytes from `idOffset` (see `IdPool`). */
  readonly ids: DataView;
  readonly idOffset: number;
  readonly hasParent: boolean;
  /** W3C trace flags in the lower 8 bits, OTLP flags above them. */
  readonly flags: number;
  readonly traceState: TraceState | undefined;
  readonly name: string;
  /** The span kind as in the API, which is one less than in OTLP. */
  readonly kind: number;
  readonly startTime: Instant;
  readonly endTime: Instant;
  readonly attributes: AttributeData;
  /** The events, or `undefined` if there are none. The same applies to `links`. */
  readonly events: BoundedList<EventRecord> | undefined;
  readonly links: BoundedList<LinkRecord> | undefined;
  readonly status: SpanStatus;
}

/** A span's most recent events or links. */
export interface BoundedList<T> {
  readonly items: T[];
  /** Number of older items that were dropped. */
  droppedCount: number;
}

/** A span event. */
export interface EventRecord {
  readonly name: string;
  readonly time: Instant;
  readonly attributes: AttributeData | undefined;
}

/** A span link. */
export interface LinkRecord {
  readonly context: SpanContext;
  readonly attributes: AttributeData | undefined;
}

/** Writes a span as an item of its scope. */
export function writeSpan(writer: TagWriter, span: SpanRecord): void {
  const item = writer.open(ITEM, LENGTH_BYTES);
  const { ids, idOffset, name, events, links } = span;
  writeId(writer, SPAN_TRACE_ID, ids, idOffset, 16);
  writeId(writer, SPAN_SPAN_ID, ids, idOffset + SPAN_ID, 8);
  writeTraceState(writer, SPAN_TRACE_STATE, span.traceState);
  if (span.hasParent) writeId(writer, SPAN_PARENT_SPAN_ID, ids, idOffset + PARENT_ID, 8);
  if (name !== '') writer.text(SPAN_NAME, name);
  writer.uint(SPAN_KIND, span.kind + 1);
  writer.time(SPAN_START_TIME, span.startTime);
  writer.time(SPAN_END_TIME, span.endTime);
  writeCountedAttributes(writer, SPAN_ATTRIBUTES, span.attributes);
  if (events !== undefined) {
    for (const { name, time, attributes } of events.items) {
      const event = writer.open(SPAN_EVENTS, LENGTH_BYTES);
      writer.time(EVENT_TIME, time);
      writer.text(EVENT_NAME, name);
      writeCountedAttributes(writer, EVENT_ATTRIBUTES, attributes);
      writer.close(event, LENGTH_BYTES);
    }
    writeCount(writer, SPAN_DROPPED_EVENTS, events.droppedCount);
  }
  if (links !== undefined) {
    for (const { context, attributes } of links.items) {
      const link = writer.open(SPAN_LINKS, LENGTH_BYTES);
      writeHexId(writer, LINK_TRACE_ID, context.traceId, 16);
      writeHexId(writer, LINK_SPAN_ID, context.spanId, 8);
      writeTraceState(writer, LINK_TRACE_STATE, context.traceState);
      writeCountedAttributes(writer, LINK_ATTRIBUTES, attributes);
      writer.fixed32(LINK_FLAGS, wireFlags(context.traceFlags, context.isRemote));
      writer.close(link, LENGTH_BYTES);
    }
    writeCount(writer, SPAN_DROPPED_LINKS, links.droppedCount);
  }
  const { code, message } = span.status;
  if (code !== 0) {
    const status = writer.open(SPAN_STATUS);
    if (message) writer.text(STATUS_MESSAGE, message);
    writer.uint(STATUS_CODE, code);
    writer.close(status);
  }
  writer.fixed32(SPAN_FLAGS, span.flags);
  writer.close(item, LENGTH_BYTES);
}

/** Returns the flags of a span or link: the W3C flags, and whether the parent or linked span is remote. */
export function wireFlags(traceFlags: number, isRemote: boolean | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote === true ? IS_REMOTE : 0);
}

function writeId(writer: TagWriter, tag: number, ids: DataView, offset: number, count: number): void {
  writer.uint(tag, count);
  writer.reserve(count);
  copyIds(writer.view, writer.length, ids, offset, count);
  writer.length += count;
}

/** Writes the trace state in the format of the W3C header. */
function writeTraceState(writer: TagWriter, tag: number, traceState: TraceState | undefined): void {
  const text = traceState?.serialize();
  if (text) writer.text(tag, text);
}

/** Number of bytes reserved for a length. Sufficient for nearly all spans, and events and links with attributes. */
const LENGTH_BYTES = 2;

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
