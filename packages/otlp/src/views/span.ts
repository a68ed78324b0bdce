import { dropFromList } from '../edit/fields.ts';
import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { readFixed64Number, readString, readVarintLow, WireType } from '../wire/reader.ts';
import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';
import { ResourceView } from './resource.ts';
import { ScopeView } from './scope.ts';
import { SpanEventView } from './span-event.ts';
import { SpanLinkView } from './span-link.ts';

/** Field numbers of `Span`. */
export const SPAN_FIELDS = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTimeUnixNano: 7,
  endTimeUnixNano: 8,
  attributes: 9,
  droppedAttributesCount: 10,
  events: 11,
  droppedEventsCount: 12,
  links: 13,
  droppedLinksCount: 14,
  status: 15,
  flags: 16,
} as const;

/** Field numbers of `Status`. */
export const STATUS_FIELDS = { message: 2, code: 3 } as const;

const STATUS_CODE_ERROR = 2;

/**
 * A view of an encoded span. IDs are lower-case hexadecimal and empty if missing. Times are nanoseconds since the Unix
 * epoch.
 */
export class SpanView extends MessageView {
  readonly attributes: AttributesView = new AttributesView(this, SPAN_FIELDS.attributes);
  /** The entity that produced the span. Read-only, because it is shared by other spans of the same resource. */
  readonly resource: ResourceView = new ResourceView();
  /** The instrumentation that produced the span. Read-only. */
  readonly scope: ScopeView = new ScopeView();

  get traceId(): string {
    return this.hex(SPAN_FIELDS.traceId);
  }

  get traceIdBytes(): Uint8Array {
    return this.raw(SPAN_FIELDS.traceId);
  }

  get spanId(): string {
    return this.hex(SPAN_FIELDS.spanId);
  }

  get spanIdBytes(): Uint8Array {
    return this.raw(SPAN_FIELDS.spanId);
  }

  get parentSpanId(): string {
    return this.hex(SPAN_FIELDS.parentSpanId);
  }

  get parentSpanIdBytes(): Uint8Array {
    return this.raw(SPAN_FIELDS.parentSpanId);
  }

  /** Whether the span has no parent. */
  get isRoot(): boolean {
    return this.raw(SPAN_FIELDS.parentSpanId).every((byte) => byte === 0);
  }

  /** The W3C `tracestate` header. */
  get traceState(): string {
    return this.text(SPAN_FIELDS.traceState);
  }

  set traceState(traceState: string) {
    this.setText(SPAN_FIELDS.traceState, traceState);
  }

  get name(): string {
    return this.text(SPAN_FIELDS.name);
  }

  set name(name: string) {
    this.setText(SPAN_FIELDS.name, name);
  }

  /** Kind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  get kind(): number {
    return this.uint32(SPAN_FIELDS.kind);
  }

  set kind(kind: number) {
    this.setUint32(SPAN_FIELDS.kind, kind);
  }

  get startTimeUnixNano(): bigint {
    return this.fixed64(SPAN_FIELDS.startTimeUnixNano);
  }

  get endTimeUnixNano(): bigint {
    return this.fixed64(SPAN_FIELDS.endTimeUnixNano);
  }

  /** End time minus start time, in nanoseconds. Negative if the clocks disagree. */
  get durationNanos(): bigint {
    return this.endTimeUnixNano - this.startTimeUnixNano;
  }

  /** End time minus start time, in milliseconds, accurate to about a microsecond. Does not allocate a `bigint`. */
  get durationMillis(): number {
    return (this.#nanos(SPAN_FIELDS.endTimeUnixNano) - this.#nanos(SPAN_FIELDS.startTimeUnixNano)) / 1e6;
  }

  /** Status code: 0 unset, 1 ok, 2 error. */
  get statusCode(): number {
    const status = this.find(SPAN_FIELDS.status);
    if (status < 0) return 0;
    const { bytes } = this;
    const code = findField(bytes, payloadStart(bytes, status), payloadEnd(bytes, status), STATUS_FIELDS.code);
    return code < 0 ? 0 : readVarintLow(bytes, code);
  }

  get statusMessage(): string {
    const status = this.find(SPAN_FIELDS.status);
    if (status < 0) return '';
    const { bytes } = this;
    const text = findField(bytes, payloadStart(bytes, status), payloadEnd(bytes, status), STATUS_FIELDS.message);
    return text < 0 ? '' : readString(bytes, payloadStart(bytes, text), payloadEnd(bytes, text));
  }

  /** Whether the status code is error. */
  get hasError(): boolean {
    return this.statusCode === STATUS_CODE_ERROR;
  }

  /** Sets the status: 0 unset, 1 ok, 2 error with a message. */
  setStatus(code: number, message = ''): void {
    this.setMessage(SPAN_FIELDS.status, (writer) => {
      if (message !== '') writer.stringField(STATUS_FIELDS.message, message);
      writer.tag(STATUS_FIELDS.code, WireType.varint);
      writer.varint(code);
    });
  }

  get droppedAttributesCount(): number {
    return this.uint32(SPAN_FIELDS.droppedAttributesCount);
  }

  /** Events in order, as read-only views. */
  get events(): readonly SpanEventView[] {
    return this.list(SPAN_FIELDS.events, () => new SpanEventView());
  }

  /** Removes the events for which `keep` returns false, and returns the number of removed events. */
  filterEvents(keep: (event: SpanEventView) => boolean): number {
    let dropped = 0;
    const event = new SpanEventView();
    this.edit((splices) => {
      const { bytes, start, end } = this;
      dropped = dropFromList(splices, bytes, start, end, SPAN_FIELDS.events, (from, to) =>
        keep(event.reset(bytes, from, to)),
      );
    });
    return dropped;
  }

  get droppedEventsCount(): number {
    return this.uint32(SPAN_FIELDS.droppedEventsCount);
  }

  /** Links in order, as read-only views. */
  get links(): readonly SpanLinkView[] {
    return this.list(SPAN_FIELDS.links, () => new SpanLinkView());
  }

  get droppedLinksCount(): number {
    return this.uint32(SPAN_FIELDS.droppedLinksCount);
  }

  /** W3C trace flags in the lower 8 bits; bits 8 and 9 indicate whether the parent is remote. */
  get flags(): number {
    return this.fixed32(SPAN_FIELDS.flags);
  }

  #nanos(field: number): number {
    const value = this.find(field);
    return value < 0 ? 0 : readFixed64Number(this.bytes, value);
  }
}
