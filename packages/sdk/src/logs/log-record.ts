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
import type { Writer } from '../wire/writer.ts';

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
  /** The span in which it was written, whose ids are valid. */
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
  if (spanContext !== undefined) {
    if (spanContext.traceFlags !== 0) writer.fixed32(LOG_FLAGS, spanContext.traceFlags & 0xff);
    writeId(writer, LOG_TRACE_ID, spanContext.traceId);
    writeId(writer, LOG_SPAN_ID, spanContext.spanId);
  }
  writer.time(LOG_OBSERVED_TIME, observedTime.seconds, observedTime.nanos);
  if (record.eventName !== '') writer.text(LOG_EVENT_NAME, record.eventName);
  writer.close(item, GUESSED_BYTES);
}

function writeId(writer: Writer, tag: number, hex: string): void {
  const count = hex.length >> 1;
  writer.uint(tag, count);
  writer.reserve(count);
  putHex(writer.bytes, writer.length, hex);
  writer.length += count;
}

/** Two bytes of length are right for nearly all records. */
const GUESSED_BYTES = 300;
