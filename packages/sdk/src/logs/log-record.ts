import type { SpanContext } from '@opentelemetry/api';
import { TagWriter } from '@otelier/otlp';
import type { AttributeValue } from '../attributes/attribute-value.ts';
import type { Instant } from '../time.ts';
import { copyIds, writeHexId } from '../trace/ids.ts';
import { type AttributeData, writeAnyValue, writeCount, writeCountedAttributes } from '../wire/attributes.ts';
import {
  ITEM,
  LOG_ATTRIBUTES,
  LOG_BODY,
  LOG_EVENT_NAME,
  LOG_FLAGS,
  LOG_OBSERVED_TIME,
  LOG_SEVERITY_NUMBER,
  LOG_SEVERITY_TEXT,
  LOG_SPAN_ID,
  LOG_TIME,
  LOG_TRACE_ID,
} from '../wire/tags.ts';

/** The data of a log record. */
export interface LogRecordData {
  readonly time: Instant;
  readonly observedTime: Instant;
  /** Severity number. 0 means unspecified. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** The body, or `undefined` if there is none. */
  readonly body: AttributeValue | undefined;
  readonly attributes: AttributeData;
  /** The context of the span in which the record was emitted. */
  readonly spanContext: SpanContext | undefined;
  readonly eventName: string;
}

/** Writes a log record as an item of its scope. */
export function writeLogRecord(writer: TagWriter, record: LogRecordData): void {
  const { severityNumber, severityText, body, spanContext, eventName } = record;
  const item = writer.open(ITEM, LENGTH_BYTES);
  writer.time(LOG_TIME, record.time);
  writeCount(writer, LOG_SEVERITY_NUMBER, severityNumber);
  if (severityText !== '') writer.text(LOG_SEVERITY_TEXT, severityText);
  if (body !== undefined) writeAnyValue(writer, LOG_BODY, body);
  writeCountedAttributes(writer, LOG_ATTRIBUTES, record.attributes);
  if (spanContext !== undefined) {
    // Most spans emit several records. Copying the last encoded context takes a tenth of the time of encoding its IDs
    // (`logs.bench.ts`).
    if (spanContext !== recentContext) {
      encodeRecent(spanContext);
      recentContext = spanContext;
    }
    writer.reserve(MAX_CONTEXT_BYTES);
    copyIds(writer.view, writer.length, recent.view, 0, MAX_CONTEXT_BYTES);
    writer.length += recent.length;
  }
  writer.time(LOG_OBSERVED_TIME, record.observedTime);
  if (eventName !== '') writer.text(LOG_EVENT_NAME, eventName);
  writer.close(item, LENGTH_BYTES);
}

/** Encodes a span context, or nothing if it is invalid. */
function encodeRecent({ traceId, spanId, traceFlags }: SpanContext): void {
  recent.length = 0;
  if (traceFlags !== 0) recent.fixed32(LOG_FLAGS, traceFlags & 0xff);
  const isValid = writeHexId(recent, LOG_TRACE_ID, traceId, 16) && writeHexId(recent, LOG_SPAN_ID, spanId, 8);
  if (!isValid) recent.length = 0;
}

const MAX_CONTEXT_BYTES = 48;
let recentContext: SpanContext | undefined;
const recent = /* @__PURE__ */ new TagWriter(MAX_CONTEXT_BYTES);

/** Number of bytes reserved for a length. Sufficient for nearly all records. */
const LENGTH_BYTES = 2;
