import { payloadEnd, payloadStart } from '../wire/find.ts';
import { type AnyValueKind, type AttributeValue, anyValueKind, readAnyValue, writeAnyValue } from './any-value.ts';
import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';
import { ResourceView } from './resource.ts';
import { ScopeView } from './scope.ts';

/** Field numbers of `LogRecord`. */
export const LOG_RECORD_FIELDS = {
  timeUnixNano: 1,
  severityNumber: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  droppedAttributesCount: 7,
  flags: 8,
  traceId: 9,
  spanId: 10,
  observedTimeUnixNano: 11,
  eventName: 12,
} as const;

/**
 * A view of an encoded log record. IDs are lower-case hexadecimal and empty if missing. Times are nanoseconds since the
 * Unix epoch.
 */
export class LogRecordView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, LOG_RECORD_FIELDS.attributes);
  /** The entity that produced the record. Read-only, because it is shared by other records of the same resource. */
  readonly resource: ResourceView = new ResourceView();
  /** The instrumentation that produced the record. Read-only. */
  readonly scope: ScopeView = new ScopeView();

  /** Time of the event; 0 if unknown. */
  get timeUnixNano(): bigint {
    return this.fixed64(LOG_RECORD_FIELDS.timeUnixNano);
  }

  /** Time at which the event was observed. */
  get observedTimeUnixNano(): bigint {
    return this.fixed64(LOG_RECORD_FIELDS.observedTimeUnixNano);
  }

  /** Severity number: 1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–20 error, 21–24 fatal, 0 unspecified. */
  get severityNumber(): number {
    return this.uint32(LOG_RECORD_FIELDS.severityNumber);
  }

  set severityNumber(severityNumber: number) {
    this.setUint32(LOG_RECORD_FIELDS.severityNumber, severityNumber);
  }

  get severityText(): string {
    return this.text(LOG_RECORD_FIELDS.severityText);
  }

  set severityText(severityText: string) {
    this.setText(LOG_RECORD_FIELDS.severityText, severityText);
  }

  /** Body; `undefined` if missing or empty. */
  get body(): AttributeValue {
    const value = this.find(LOG_RECORD_FIELDS.body);
    if (value < 0) return undefined;
    return readAnyValue(this.bytes, payloadStart(this.bytes, value), payloadEnd(this.bytes, value));
  }

  set body(body: AttributeValue) {
    this.setMessage(LOG_RECORD_FIELDS.body, body === undefined ? undefined : (writer) => writeAnyValue(writer, body));
  }

  /** Type of the body, determined without decoding it. */
  get bodyKind(): AnyValueKind {
    const value = this.find(LOG_RECORD_FIELDS.body);
    if (value < 0) return 'empty';
    return anyValueKind(this.bytes, payloadStart(this.bytes, value), payloadEnd(this.bytes, value));
  }

  get traceId(): string {
    return this.hex(LOG_RECORD_FIELDS.traceId);
  }

  get traceIdBytes(): Uint8Array {
    return this.raw(LOG_RECORD_FIELDS.traceId);
  }

  get spanId(): string {
    return this.hex(LOG_RECORD_FIELDS.spanId);
  }

  get spanIdBytes(): Uint8Array {
    return this.raw(LOG_RECORD_FIELDS.spanId);
  }

  get eventName(): string {
    return this.text(LOG_RECORD_FIELDS.eventName);
  }

  set eventName(eventName: string) {
    this.setText(LOG_RECORD_FIELDS.eventName, eventName);
  }

  get droppedAttributesCount(): number {
    return this.uint32(LOG_RECORD_FIELDS.droppedAttributesCount);
  }

  /** W3C trace flags in the lower 8 bits. */
  get flags(): number {
    return this.fixed32(LOG_RECORD_FIELDS.flags);
  }
}
