import type { SpanContext } from '@opentelemetry/api';
import type { AttributeValue } from '../attributes/attribute-value.ts';
import type { Instant } from '../time.ts';
import { putHex } from '../trace/ids.ts';
import { type AttributeData, writeAnyValue, writeAttributes } from '../wire/attributes.ts';
import {
  ITEM,
  LOG_ATTRIBUTES,
  LOG_BODY,
  LOG_DROPPED_ATTRIBUTES,
  LOG_EVENT_NAME,
  LOG_FLAGS,
  LOG_OBSERVED_TIME,
  LOG_SEVERITY_NUMBER,
  LOG_SEVERITY_TEXT,
  LOG_SPAN_ID,
  LOG_TIME,
  LOG_TRACE_ID,
} from '../wire/tags.ts';
import { Writer } from '../wire/writer.ts';

/** All of a log record, as it is encoded. */
export interface LogRecordData {
  readonly time: Instant;
  readonly observedTime: Instant;
  /** 0 for unspecified. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** `undefined` for none. */
  readonly body: AttributeValue | undefined;
  readonly attributes: AttributeData;
  /** The span in which it was written. */
  readonly spanContext: SpanContext | undefined;
  readonly eventName: string;
}

/** Writes a log record as an item of its scope. */
export function writeLogRecord(writer: Writer, record: LogRecordData): void {
  const { time, observedTime, body, attributes, spanContext } = record;
  const item = writer.open(ITEM, GUESSED_BYTES);
  writer.time(LOG_TIME, time.seconds, time.nanos);
  if (record.severityNumber !== 0) writer.uint(LOG_SEVERITY_NUMBER, record.severityNumber);
  if (record.severityText !== '') writer.text(LOG_SEVERITY_TEXT, record.severityText);
  if (body !== undefined) writeAnyValue(writer, LOG_BODY, body);
  writeAttributes(writer, LOG_ATTRIBUTES, attributes);
  if (attributes.droppedCount > 0) writer.uint(LOG_DROPPED_ATTRIBUTES, attributes.droppedCount);
  if (spanContext !== undefined) writeSpanContext(writer, spanContext);
  writer.time(LOG_OBSERVED_TIME, observedTime.seconds, observedTime.nanos);
  if (record.eventName !== '') writer.text(LOG_EVENT_NAME, record.eventName);
  writer.close(item, GUESSED_BYTES);
}

/**
 * Writes in which span, unless the context is not valid. A span writes several records, and to copy what it wrote last
 * takes a quarter of what reading its ids does (`logs.bench.ts`).
 */
function writeSpanContext(writer: Writer, context: SpanContext): void {
  if (context !== recentContext) {
    recentContext = context;
    encodeRecent(context);
  }
  writer.raw(recent.bytes, 0, recent.length);
}

function encodeRecent({ traceId, spanId, traceFlags }: SpanContext): void {
  recent.length = 0;
  if (traceFlags !== 0) recent.fixed32(LOG_FLAGS, traceFlags & 0xff);
  if (!(putId(LOG_TRACE_ID, traceId, 16) && putId(LOG_SPAN_ID, spanId, 8))) recent.length = 0;
}

function putId(tag: number, hex: string, count: number): boolean {
  if (hex.length !== 2 * count) return false;
  recent.uint(tag, count);
  const isValid = putHex(recent.bytes, recent.length, hex);
  recent.length += count;
  return isValid;
}

let recentContext: SpanContext | undefined;
/** The fields of that context; there is room for all of them. */
const recent = /* @__PURE__ */ new Writer(48);

/** Two bytes of length are right for nearly all records. */
const GUESSED_BYTES = 300;
