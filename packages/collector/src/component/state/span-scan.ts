import {
  findField,
  payloadEnd,
  payloadStart,
  readFixed32,
  readVarint,
  readVarintLow,
  STATUS_FIELDS,
  skipValue,
} from '@otelier/otlp';

/** A list of offset pairs in a message. Reusable. */
export class Ranges {
  #offsets = new Int32Array(64);
  #count = 0;

  /** Number of pairs. */
  get count(): number {
    return this.#count;
  }

  start(index: number): number {
    return this.#offsets[2 * index];
  }

  end(index: number): number {
    return this.#offsets[2 * index + 1];
  }

  clear(): void {
    this.#count = 0;
  }

  add(start: number, end: number): void {
    const at = 2 * this.#count++;
    if (at === this.#offsets.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[at] = start;
    this.#offsets[at + 1] = end;
  }
}

/** The span fields that aggregations need, read in one pass without decoding strings. Reusable. */
export class SpanScan {
  bytes: Uint8Array = new Uint8Array();
  /** Ranges of bytes and strings, empty if the field is missing. */
  traceIdStart = 0;
  traceIdEnd = 0;
  spanIdStart = 0;
  spanIdEnd = 0;
  parentSpanIdStart = 0;
  parentSpanIdEnd = 0;
  traceStateStart = 0;
  traceStateEnd = 0;
  nameStart = 0;
  nameEnd = 0;
  kind = 0;
  statusCode = 0;
  /** Nanoseconds from start to end; 0 if the span ends before it starts. */
  durationNanos = 0;
  /** The `KeyValue` messages of the attributes. */
  readonly attributes: Ranges = new Ranges();
  /** The `Event` messages. */
  readonly events: Ranges = new Ranges();

  /** Reads the span in `[start, end)` of normalized bytes. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.#clear(bytes);
    let startLow = 0;
    let startHigh = 0;
    let endLow = 0;
    let endHigh = 0;
    for (let pos = start; pos < end; ) {
      let tag = bytes[pos];
      if (tag < 128) pos++;
      else {
        tag = readVarint(bytes, pos);
        pos += 2;
        while (bytes[pos - 1] > 127) pos++;
      }
      const next = skipValue(bytes, pos, tag);
      switch (tag) {
        case START_TAG:
          startLow = readFixed32(bytes, pos);
          startHigh = readFixed32(bytes, pos + 4);
          break;
        case END_TAG:
          endLow = readFixed32(bytes, pos);
          endHigh = readFixed32(bytes, pos + 4);
          break;
        case KIND_TAG:
          this.kind = readVarintLow(bytes, pos) | 0;
          break;
        case STATUS_TAG:
          this.#readStatus(payloadStart(bytes, pos), next);
          break;
        case ATTRIBUTE_TAG:
          this.attributes.add(payloadStart(bytes, pos), next);
          break;
        case EVENT_TAG:
          this.events.add(payloadStart(bytes, pos), next);
          break;
        default:
          this.#readText(tag, pos, next);
      }
      pos = next;
    }
    const nanos = (endHigh - startHigh) * 0x1_0000_0000 + (endLow - startLow);
    this.durationNanos = Math.max(nanos, 0);
  }

  #clear(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.traceIdEnd = this.traceIdStart;
    this.spanIdEnd = this.spanIdStart;
    this.parentSpanIdEnd = this.parentSpanIdStart;
    this.traceStateEnd = this.traceStateStart;
    this.nameEnd = this.nameStart;
    this.kind = 0;
    this.statusCode = 0;
    this.attributes.clear();
    this.events.clear();
  }

  #readText(tag: number, pos: number, next: number): void {
    switch (tag) {
      case TRACE_ID_TAG:
        this.traceIdStart = payloadStart(this.bytes, pos);
        this.traceIdEnd = next;
        break;
      case SPAN_ID_TAG:
        this.spanIdStart = payloadStart(this.bytes, pos);
        this.spanIdEnd = next;
        break;
      case TRACE_STATE_TAG:
        this.traceStateStart = payloadStart(this.bytes, pos);
        this.traceStateEnd = next;
        break;
      case PARENT_SPAN_ID_TAG:
        this.parentSpanIdStart = payloadStart(this.bytes, pos);
        this.parentSpanIdEnd = next;
        break;
      case NAME_TAG:
        this.nameStart = payloadStart(this.bytes, pos);
        this.nameEnd = next;
        break;
    }
  }

  #readStatus(start: number, end: number): void {
    const code = findField(this.bytes, start, end, STATUS_FIELDS.code);
    this.statusCode = code < 0 ? 0 : readVarintLow(this.bytes, code) | 0;
  }
}

/** Reports whether `[start, end)` is an ID of this length that is not all zeros. */
export function isId(bytes: Uint8Array, start: number, end: number, length: number): boolean {
  if (end - start !== length) return false;
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return true;
  return false;
}

/** The range of an attribute key. Reusable. */
export class AttributeKey {
  start = 0;
  end = 0;
  /** Start of the attribute's remaining bytes, which contain its value. */
  restStart = 0;

  /** Locates the key of the `KeyValue` in `[start, end)` of `bytes`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    const isFirst = start < end && bytes[start] === KEY_TAG;
    const value = isFirst ? start + 1 : findField(bytes, start, end, 1);
    this.start = value < 0 ? end : payloadStart(bytes, value);
    this.end = value < 0 ? end : payloadEnd(bytes, value);
    this.restStart = isFirst ? this.end : start;
  }
}

const KEY_TAG = 0x0a;
const TRACE_ID_TAG = 0x0a;
const SPAN_ID_TAG = 0x12;
const TRACE_STATE_TAG = 0x1a;
const PARENT_SPAN_ID_TAG = 0x22;
const NAME_TAG = 0x2a;
const KIND_TAG = 0x30;
const START_TAG = 0x39;
const END_TAG = 0x41;
const ATTRIBUTE_TAG = 0x4a;
const EVENT_TAG = 0x5a;
const STATUS_TAG = 0x7a;
