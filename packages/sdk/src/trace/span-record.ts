import type { SpanContext } from '@opentelemetry/api';
import type { Instant } from '../time.ts';
import { type AttributeData, writeAttributes } from '../wire/attributes.ts';
import {
  EVENT_ATTRIBUTES,
  EVENT_DROPPED_ATTRIBUTES,
  EVENT_NAME,
  EVENT_TIME,
  ITEM,
  LINK_ATTRIBUTES,
  LINK_DROPPED_ATTRIBUTES,
  LINK_FLAGS,
  LINK_SPAN_ID,
  LINK_TRACE_ID,
  LINK_TRACE_STATE,
  SPAN_ATTRIBUTES,
  SPAN_DROPPED_ATTRIBUTES,
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
import type { Writer } from '../wire/writer.ts';
import { putHex } from './ids.ts';

/** All of a span, as it is encoded. */
export interface SpanRecord {
  /** The trace's id is 16 bytes of `traceIdBytes` from `traceIdOffset` on, the span's 8 of `spanIdBytes`. */
  readonly traceIdBytes: Uint8Array;
  readonly traceIdOffset: number;
  readonly spanIdBytes: Uint8Array;
  readonly spanIdOffset: number;
  readonly parentIdBytes: Uint8Array | undefined;
  readonly parentIdOffset: number;
  /** Flags of W3C in the lower 8 bits, and of OTLP above. */
  readonly flags: number;
  /** As in the header of W3C; empty for none. */
  readonly traceState: string;
  readonly name: string;
  /** As in the API, one less than on the wire. */
  readonly kind: number;
  readonly startSeconds: number;
  readonly startNanos: number;
  readonly endSeconds: number;
  readonly endNanos: number;
  readonly attributes: AttributeData;
  readonly events: readonly EventRecord[] | undefined;
  readonly droppedEventCount: number;
  readonly links: readonly LinkRecord[] | undefined;
  readonly droppedLinkCount: number;
  readonly statusCode: number;
  readonly statusMessage: string;
}

/** An event of a span. */
export interface EventRecord {
  readonly name: string;
  readonly time: Instant;
  readonly attributes: AttributeData | undefined;
}

/** A link of a span. */
export interface LinkRecord {
  readonly context: SpanContext;
  readonly attributes: AttributeData | undefined;
}

/** Writes a span as an item of its scope. */
export function writeSpan(writer: Writer, span: SpanRecord): void {
  const item = writer.open(ITEM, GUESSED_BYTES);
  writer.data(SPAN_TRACE_ID, span.traceIdBytes, span.traceIdOffset, span.traceIdOffset + 16);
  writer.data(SPAN_SPAN_ID, span.spanIdBytes, span.spanIdOffset, span.spanIdOffset + 8);
  if (span.traceState !== '') writer.text(SPAN_TRACE_STATE, span.traceState);
  if (span.parentIdBytes !== undefined) {
    writer.data(SPAN_PARENT_SPAN_ID, span.parentIdBytes, span.parentIdOffset, span.parentIdOffset + 8);
  }
  if (span.name !== '') writer.text(SPAN_NAME, span.name);
  writer.uint(SPAN_KIND, span.kind + 1);
  writer.time(SPAN_START_TIME, span.startSeconds, span.startNanos);
  writer.time(SPAN_END_TIME, span.endSeconds, span.endNanos);
  writeAttributes(writer, SPAN_ATTRIBUTES, span.attributes);
  writeCount(writer, SPAN_DROPPED_ATTRIBUTES, span.attributes.droppedCount);
  if (span.events !== undefined) for (const event of span.events) writeEvent(writer, event);
  writeCount(writer, SPAN_DROPPED_EVENTS, span.droppedEventCount);
  if (span.links !== undefined) for (const link of span.links) writeLink(writer, link);
  writeCount(writer, SPAN_DROPPED_LINKS, span.droppedLinkCount);
  if (span.statusCode !== 0) {
    const status = writer.open(SPAN_STATUS);
    if (span.statusMessage !== '') writer.text(STATUS_MESSAGE, span.statusMessage);
    writer.uint(STATUS_CODE, span.statusCode);
    writer.close(status);
  }
  writer.fixed32(SPAN_FLAGS, span.flags);
  writer.close(item, GUESSED_BYTES);
}

/** Flags of a span or link: those of W3C, and whether the parent or the linked span is remote, which is known. */
export function wireFlags(traceFlags: number, isRemote: boolean | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote === true ? IS_REMOTE : 0);
}

function writeEvent(writer: Writer, { name, time, attributes }: EventRecord): void {
  const event = writer.open(SPAN_EVENTS, GUESSED_BYTES);
  writer.time(EVENT_TIME, time.seconds, time.nanos);
  writer.text(EVENT_NAME, name);
  if (attributes !== undefined) {
    writeAttributes(writer, EVENT_ATTRIBUTES, attributes);
    writeCount(writer, EVENT_DROPPED_ATTRIBUTES, attributes.droppedCount);
  }
  writer.close(event, GUESSED_BYTES);
}

function writeLink(writer: Writer, { context, attributes }: LinkRecord): void {
  const link = writer.open(SPAN_LINKS, GUESSED_BYTES);
  writeId(writer, LINK_TRACE_ID, context.traceId);
  writeId(writer, LINK_SPAN_ID, context.spanId);
  const traceState = context.traceState?.serialize() ?? '';
  if (traceState !== '') writer.text(LINK_TRACE_STATE, traceState);
  if (attributes !== undefined) {
    writeAttributes(writer, LINK_ATTRIBUTES, attributes);
    writeCount(writer, LINK_DROPPED_ATTRIBUTES, attributes.droppedCount);
  }
  writer.fixed32(LINK_FLAGS, wireFlags(context.traceFlags, context.isRemote));
  writer.close(link, GUESSED_BYTES);
}

function writeId(writer: Writer, tag: number, hex: string): void {
  const id = new Uint8Array(hex.length >> 1);
  putHex(id, 0, hex);
  writer.data(tag, id);
}

function writeCount(writer: Writer, tag: number, count: number): void {
  if (count > 0) writer.uint(tag, count);
}

/** Two bytes of length are right for nearly all spans. */
const GUESSED_BYTES = 300;

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
