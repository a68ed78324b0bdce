import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';
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
  /** Of the span in which it was written: `spanFields`. */
  readonly spanFields: Uint8Array | undefined;
  readonly eventName: string;
}

/** Writes a log record as an item of its scope. */
export function writeLogRecord(writer: Writer, record: LogRecordData): void {
  const { time, observedTime, body, attributes, spanFields } = record;
  const item = writer.open(ITEM, GUESSED_BYTES);
  writer.time(LOG_TIME, time.seconds, time.nanos);
  if (record.severityNumber !== 0) writer.uint(LOG_SEVERITY_NUMBER, record.severityNumber);
  if (record.severityText !== '') writer.text(LOG_SEVERITY_TEXT, record.severityText);
  if (body !== undefined) writeAnyValue(writer, LOG_BODY, body);
  writeAttributes(writer, LOG_ATTRIBUTES, attributes);
  if (attributes.droppedCount > 0) writer.uint(LOG_DROPPED_ATTRIBUTES, attributes.droppedCount);
  if (spanFields !== undefined) writer.raw(spanFields);
  writer.time(LOG_OBSERVED_TIME, observedTime.seconds, observedTime.nanos);
  if (record.eventName !== '') writer.text(LOG_EVENT_NAME, record.eventName);
  writer.close(item, GUESSED_BYTES);
}

/**
 * The fields that say in which span a record was written; `undefined` when the context is not valid. Kept for the latest
 * span: it writes several records, and to check and encode its ids takes 130 ns (`logs.bench.ts`).
 */
export function spanFields(context: SpanContext | undefined): Uint8Array | undefined {
  if (context === undefined) return undefined;
  if (context !== recentContext) {
    recentContext = context;
    recentFields = isSpanContextValid(context) ? encodeSpanFields(context) : undefined;
  }
  return recentFields;
}

function encodeSpanFields({ traceId, spanId, traceFlags }: SpanContext): Uint8Array {
  if (traceFlags !== 0) scratch.fixed32(LOG_FLAGS, traceFlags & 0xff);
  writeId(LOG_TRACE_ID, traceId);
  writeId(LOG_SPAN_ID, spanId);
  return scratch.finish();
}

function writeId(tag: number, hex: string): void {
  const count = hex.length >> 1;
  scratch.uint(tag, count);
  putHex(scratch.bytes, scratch.length, hex);
  scratch.length += count;
}

/** Has room for all three fields. */
const scratch = /* @__PURE__ */ new Writer(48);
let recentContext: SpanContext | undefined;
let recentFields: Uint8Array | undefined;

/** Two bytes of length are right for nearly all records. */
const GUESSED_BYTES = 300;
