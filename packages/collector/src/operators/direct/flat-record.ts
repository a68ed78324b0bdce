import { ANY_VALUE_FIELDS, LOG_RECORD_FIELDS, varintSize, WireType } from '@otelier/otlp';
import { ATTRIBUTE_TAG, type Key, putVarint } from './key-table.ts';

/** How the value of an attribute is given. */
export const ValueKind = {
  /** Removed, or moved. */
  none: 0,
  /** UTF-8 in `[start, end)`. */
  text: 1,
  /** `number`, which is written in `[start, end)`. */
  double: 2,
  /** `number`, an integer from 0 to 2^53, which is written in `[start, end)`. */
  integer: 3,
  /** `encoded`, the contents of an `AnyValue`. */
  encoded: 4,
} as const;

const MAX_SLOTS = 256;
const TAG = {
  time: LOG_RECORD_FIELDS.timeUnixNano * 8 + WireType.fixed64,
  severityNumber: LOG_RECORD_FIELDS.severityNumber * 8 + WireType.varint,
  severityText: LOG_RECORD_FIELDS.severityText * 8 + WireType.lengthDelimited,
  body: LOG_RECORD_FIELDS.body * 8 + WireType.lengthDelimited,
  flags: LOG_RECORD_FIELDS.flags * 8 + WireType.fixed32,
  traceId: LOG_RECORD_FIELDS.traceId * 8 + WireType.lengthDelimited,
  spanId: LOG_RECORD_FIELDS.spanId * 8 + WireType.lengthDelimited,
  value: 16 + WireType.lengthDelimited,
  text: ANY_VALUE_FIELDS.string * 8 + WireType.lengthDelimited,
  double: ANY_VALUE_FIELDS.double * 8 + WireType.fixed64,
  integer: ANY_VALUE_FIELDS.int * 8 + WireType.varint,
} as const;

/**
 * A log record of a line, whose attributes are pieces of the line. It is encoded without making values of them. One
 * object is used for all records, one after another.
 */
export class FlatRecord {
  /** The bytes that positions refer to. */
  bytes: Buffer = Buffer.alloc(0);
  /** Number of attributes, with those that were removed. */
  count = 0;
  readonly keys: Key[] = [];
  readonly kinds: Uint8Array = new Uint8Array(MAX_SLOTS);
  readonly starts: Int32Array = new Int32Array(MAX_SLOTS);
  readonly ends: Int32Array = new Int32Array(MAX_SLOTS);
  readonly numbers: Float64Array = new Float64Array(MAX_SLOTS);
  readonly encoded: Uint8Array[] = [];
  hasTime = false;
  timeLow = 0;
  timeHigh = 0;
  severityNumber = 0;
  severityText: Uint8Array = EMPTY;
  traceId: Uint8Array = EMPTY;
  spanId: Uint8Array = EMPTY;
  flags = 0;
  /** The last attribute, which no map has, is the body. */
  #body = 0;
  #record = 0;
  readonly #sizes = new Int32Array(MAX_SLOTS);
  readonly #numberView = new DataView(new ArrayBuffer(8));

  /** Begins the record of the line in `[start, end)`, which is its body. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.count = 0;
    this.hasTime = false;
    this.severityNumber = 0;
    this.severityText = EMPTY;
    this.traceId = EMPTY;
    this.spanId = EMPTY;
    this.flags = 0;
    this.#record++;
    this.#body = MAX_SLOTS - 1;
    this.setText(this.#body, start, end);
  }

  /** Adds an attribute and returns its position; −1 if one with this key exists, also elsewhere, or there are too many. */
  add(key: Key): number {
    const slot = this.count;
    if (key.record === this.#record || key.isReserved || slot >= MAX_SLOTS - 1) return -1;
    key.record = this.#record;
    key.slot = slot;
    this.keys[slot] = key;
    this.count = slot + 1;
    return slot;
  }

  /** Returns the position of the attribute with a key; −1 if there is none. */
  find(key: Key): number {
    return key.record === this.#record ? key.slot : -1;
  }

  setText(slot: number, start: number, end: number): void {
    this.kinds[slot] = ValueKind.text;
    this.starts[slot] = start;
    this.ends[slot] = end;
  }

  /** Sets a number that is written in `[start, end)`. */
  setNumber(slot: number, kind: 2 | 3, value: number, start: number, end: number): void {
    this.kinds[slot] = kind;
    this.numbers[slot] = value;
    this.starts[slot] = start;
    this.ends[slot] = end;
  }

  /** Sets a value that is encoded as the contents of an `AnyValue`. */
  setEncoded(slot: number, encoded: Uint8Array): void {
    this.kinds[slot] = ValueKind.encoded;
    this.encoded[slot] = encoded;
  }

  /** Removes an attribute. */
  remove(key: Key, slot: number): void {
    this.kinds[slot] = ValueKind.none;
    key.record = -1;
  }

  /** Makes an attribute the body, or another attribute. Returns whether the other attribute is new. */
  move(key: Key, slot: number, to: Key | 'body'): boolean {
    const kind = this.kinds[slot] as number;
    this.remove(key, slot);
    const target = to === 'body' ? this.#body : this.add(to);
    if (target < 0) return false;
    this.kinds[target] = kind;
    this.starts[target] = this.starts[slot] as number;
    this.ends[target] = this.ends[slot] as number;
    this.numbers[target] = this.numbers[slot] as number;
    if (kind === ValueKind.encoded) this.encoded[target] = this.encoded[slot] as Uint8Array;
    return true;
  }

  /** Returns the encoded size without the fields that all records of a file have. */
  sizeBytes(): number {
    const text = this.severityText.length;
    const body = this.#valueSize(this.#body);
    let size = (this.hasTime ? 9 : 0) + 1 + varintSize(body) + body;
    if (this.severityNumber > 0) size += 2;
    if (text > 0) size += 1 + varintSize(text) + text;
    if (this.flags > 0) size += 5;
    if (this.traceId.length > 0) size += 2 + this.traceId.length;
    if (this.spanId.length > 0) size += 2 + this.spanId.length;
    for (let slot = 0; slot < this.count; slot++) {
      if (this.kinds[slot] === ValueKind.none) continue;
      const attribute = this.#attributeSize(slot);
      size += 1 + varintSize(attribute) + attribute;
    }
    return size;
  }

  /** Writes the fields and returns the position after them. `sizeBytes` was called before. */
  write(target: Buffer, offset: number): number {
    let at = offset;
    if (this.hasTime) {
      target[at] = TAG.time;
      at = putHalf(target, putHalf(target, at + 1, this.timeLow), this.timeHigh);
    }
    if (this.severityNumber > 0) {
      target[at++] = TAG.severityNumber;
      target[at++] = this.severityNumber;
    }
    at = putBytes(target, at, TAG.severityText, this.severityText);
    target[at] = TAG.body;
    at = this.#putValue(target, putVarint(target, at + 1, this.#sizes[this.#body] as number), this.#body);
    for (let slot = 0; slot < this.count; slot++)
      if (this.kinds[slot] !== ValueKind.none) at = this.#putAttribute(target, at, slot);
    if (this.flags > 0) {
      target[at] = TAG.flags;
      at = putHalf(target, at + 1, this.flags);
    }
    at = putBytes(target, at, TAG.traceId, this.traceId);
    return putBytes(target, at, TAG.spanId, this.spanId);
  }

  #valueSize(slot: number): number {
    const size = this.#contentSize(slot);
    this.#sizes[slot] = size;
    return size;
  }

  #contentSize(slot: number): number {
    switch (this.kinds[slot]) {
      case ValueKind.text: {
        const length = (this.ends[slot] as number) - (this.starts[slot] as number);
        return 1 + varintSize(length) + length;
      }
      case ValueKind.double:
        return 9;
      case ValueKind.integer:
        return 1 + varintSize(this.numbers[slot] as number);
      default:
        return (this.encoded[slot] as Uint8Array).length;
    }
  }

  #attributeSize(slot: number): number {
    const value = this.#valueSize(slot);
    return (this.keys[slot] as Key).field.length + 1 + varintSize(value) + value;
  }

  #putAttribute(target: Buffer, offset: number, slot: number): number {
    const { field } = this.keys[slot] as Key;
    const value = this.#sizes[slot] as number;
    target[offset] = ATTRIBUTE_TAG;
    let at = putVarint(target, offset + 1, field.length + 1 + varintSize(value) + value);
    for (let index = 0; index < field.length; index++) target[at++] = field[index] as number;
    target[at] = TAG.value;
    at = putVarint(target, at + 1, value);
    return this.#putValue(target, at, slot);
  }

  #putValue(target: Buffer, offset: number, slot: number): number {
    let at = offset;
    const kind = this.kinds[slot];
    if (kind === ValueKind.text) {
      const start = this.starts[slot] as number;
      const end = this.ends[slot] as number;
      target[at] = TAG.text;
      at = putVarint(target, at + 1, end - start);
      return copyTo(target, at, this.bytes, start, end);
    }
    if (kind === ValueKind.double) {
      const view = this.#numberView;
      view.setFloat64(0, this.numbers[slot] as number, true);
      target[at] = TAG.double;
      at = putHalf(target, at + 1, view.getUint32(0, true));
      return putHalf(target, at, view.getUint32(4, true));
    }
    if (kind === ValueKind.integer) {
      target[at++] = TAG.integer;
      let rest = this.numbers[slot] as number;
      for (; rest > 127; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 128;
      target[at++] = rest;
      return at;
    }
    const encoded = this.encoded[slot] as Uint8Array;
    target.set(encoded, at);
    return at + encoded.length;
  }
}

const EMPTY = new Uint8Array();
/** Up to this length a loop is faster than a call of `copy`. */
const LOOP_BYTES = 24;

function copyTo(target: Buffer, offset: number, bytes: Buffer, start: number, end: number): number {
  if (end - start > LOOP_BYTES) return offset + bytes.copy(target, offset, start, end);
  let at = offset;
  for (let index = start; index < end; index++) target[at++] = bytes[index] as number;
  return at;
}

function putHalf(target: Buffer, offset: number, value: number): number {
  target[offset] = value;
  target[offset + 1] = value >>> 8;
  target[offset + 2] = value >>> 16;
  target[offset + 3] = value >>> 24;
  return offset + 4;
}

function putBytes(target: Buffer, offset: number, tag: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return offset;
  target[offset] = tag;
  const at = putVarint(target, offset + 1, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}
