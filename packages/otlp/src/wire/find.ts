import { readVarint, WireType } from './reader.ts';

/**
 * Searches in normalized bytes, without checks, allocations or strings. `edit.bench.ts` is the benchmark that justifies
 * the style.
 */

/**
 * Returns the offset of the value of the first `field` in the message `[start, end)`, or -1. The value starts after the
 * tag, so a length-delimited value starts with its length: see `payloadStart`.
 */
export function findField(bytes: Uint8Array, start: number, end: number, field: number): number {
  let pos = start;
  while (pos < end) {
    let tag = bytes[pos];
    if (tag < 128) {
      pos++;
    } else {
      tag = readVarint(bytes, pos);
      pos = afterVarint(bytes, pos);
    }
    if (tag >>> 3 === field) return pos;
    pos = skipValue(bytes, pos, tag);
  }
  return -1;
}

/** Returns the start of the payload of a length-delimited value at `value`, an offset returned by `findField`. */
export function payloadStart(bytes: Uint8Array, value: number): number {
  return bytes[value] < 128 ? value + 1 : afterVarint(bytes, value);
}

/** Returns the end of the payload of a length-delimited value at `value`, an offset returned by `findField`. */
export function payloadEnd(bytes: Uint8Array, value: number): number {
  const first = bytes[value];
  if (first < 128) return value + 1 + first;
  const second = bytes[value + 1];
  if (second < 128) return value + 2 + (first & 127) + second * 128;
  return afterVarint(bytes, value) + readVarint(bytes, value);
}

/** The result of `findAttribute`. Reuse it for repeated searches. */
export class FoundAttribute {
  /** Offset of the attribute's tag. */
  start = 0;
  /** Offset after the attribute. */
  end = 0;
  /**
   * Offset of the attribute's `AnyValue`, after tag and length. Equal to `valueEnd` if the value is empty or missing.
   */
  valueStart = 0;
  /** Offset after the attribute's `AnyValue`. */
  valueEnd = 0;
}

/**
 * Searches the message `[start, end)` for the first attribute with this key (UTF-8) and describes it in `found`, which
 * is unchanged if there is none. `attributesField` is the number of the message's attributes field.
 */
export function findAttribute(
  bytes: Uint8Array,
  start: number,
  end: number,
  attributesField: number,
  key: Uint8Array,
  found: FoundAttribute,
): boolean {
  const wanted = attributesField * 8 + WireType.lengthDelimited;
  const keyLength = key.length;
  let pos = nextCandidate(bytes, start, end, wanted, keyLength);
  while (pos >= 0) {
    const valueTag = pos + 4 + keyLength;
    // The usual form: an entry, a key and a value with one-byte lengths.
    if (
      bytes[pos + 1] < 128 &&
      bytes[pos + 1] === keyLength + 4 + bytes[valueTag + 1] &&
      bytes[valueTag] === VALUE_TAG &&
      bytes[pos + 2] === KEY_TAG &&
      bytes[pos + 3] === keyLength &&
      sameBytes(bytes, pos + 4, key)
    ) {
      found.start = pos;
      found.end = valueTag + 2 + bytes[valueTag + 1];
      found.valueStart = valueTag + 2;
      found.valueEnd = found.end;
      return true;
    }
    const entryStart = payloadStart(bytes, pos + 1);
    const next = payloadEnd(bytes, pos + 1);
    if (keyIs(bytes, entryStart, next, key)) {
      describe(bytes, pos, entryStart, next, found);
      return true;
    }
    pos = nextCandidate(bytes, next, end, wanted, keyLength);
  }
  return false;
}

/**
 * Returns the offset of the first field with the tag `wanted` that may be an attribute whose key has `keyLength` bytes,
 * or -1. Almost every attribute starts with its key, and a key occurs only once, so a different length rules it out.
 *
 * The structure of this loop is based on measurements (`edit.bench.ts`): without code for matches, and with a single
 * test for tag and wire type, V8 compiles it to code that takes half the time.
 */
function nextCandidate(bytes: Uint8Array, start: number, end: number, wanted: number, keyLength: number): number {
  let pos = start;
  while (pos < end) {
    const tag = bytes[pos];
    const type = tag & 0x87;
    if (type === WireType.lengthDelimited) {
      const length = bytes[pos + 1];
      if (length < 128) {
        if (tag === wanted && (bytes[pos + 3] === keyLength || bytes[pos + 2] !== KEY_TAG || length === 0)) return pos;
        pos += 2 + length;
        continue;
      }
      const second = bytes[pos + 2];
      if (second < 128) {
        if (tag === wanted && (bytes[pos + 4] === keyLength || bytes[pos + 4] > 127 || bytes[pos + 3] !== KEY_TAG))
          return pos;
        pos += 3 + (length & 127) + second * 128;
        continue;
      }
      if (tag === wanted) return pos;
      pos = payloadEnd(bytes, pos + 1);
    } else if (type === WireType.fixed64) {
      pos += 9;
    } else if (type === WireType.fixed32) {
      pos += 5;
    } else {
      pos = skipField(bytes, pos);
    }
  }
  return -1;
}

const KEY_TAG = 1 * 8 + WireType.lengthDelimited;
const VALUE_TAG = 2 * 8 + WireType.lengthDelimited;

function keyIs(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (start < end && bytes[start] === KEY_TAG && bytes[start + 1] < 128)
    return bytes[start + 1] === key.length && sameBytes(bytes, start + 2, key);
  const value = findField(bytes, start, end, 1);
  if (value < 0) return key.length === 0;
  const from = payloadStart(bytes, value);
  return payloadEnd(bytes, value) - from === key.length && sameBytes(bytes, from, key);
}

function describe(bytes: Uint8Array, start: number, entryStart: number, end: number, found: FoundAttribute): void {
  found.start = start;
  found.end = end;
  const value = findField(bytes, entryStart, end, 2);
  found.valueStart = value < 0 ? end : payloadStart(bytes, value);
  found.valueEnd = value < 0 ? end : payloadEnd(bytes, value);
}

/** Reports whether the bytes at `offset` equal `expected`. The caller ensures that there are enough bytes. */
export function sameBytes(bytes: Uint8Array, offset: number, expected: Uint8Array): boolean {
  // Names of equal length often share a prefix (`http.`), so comparing from the end fails sooner.
  for (let i = expected.length - 1; i >= 0; i--) {
    if (bytes[offset + i] !== expected[i]) return false;
  }
  return true;
}

/** Returns the offset after the value at `pos`, whose tag was `tag`. Canonical bytes contain no groups. */
export function skipValue(bytes: Uint8Array, pos: number, tag: number): number {
  // Short enough for V8 to inline it into the loops in this file, which halves their time.
  const type = tag & 7;
  if (type === WireType.lengthDelimited) {
    const length = bytes[pos];
    return length < 128 ? pos + 1 + length : payloadEnd(bytes, pos);
  }
  if (type === WireType.fixed64) return pos + 8;
  return type === WireType.fixed32 ? pos + 4 : afterVarint(bytes, pos);
}

/** Returns the offset after the field at `pos`, whose tag takes several bytes. */
function skipField(bytes: Uint8Array, pos: number): number {
  return skipValue(bytes, afterVarint(bytes, pos), readVarint(bytes, pos));
}

/** Returns the offset after the varint at `offset`. */
export function afterVarint(bytes: Uint8Array, offset: number): number {
  let pos = offset;
  while (bytes[pos] > 127) pos++;
  return pos + 1;
}

/**
 * Returns the offset of the first tag of the length-delimited field `field`, or of an attribute whose key may have
 * `keyLength` bytes (to be confirmed by `findAttribute` from there), or -1 if there is neither. Both field numbers are
 * below 16. For spans with neither, which is most of them, it is one short loop.
 */
export function findFieldOrAttribute(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  attributesField: number,
  keyLength: number,
): number {
  const attributeTag = attributesField * 8 + WireType.lengthDelimited;
  const fieldTag = field * 8 + WireType.lengthDelimited;
  let pos = start;
  while (pos < end) {
    const tag = bytes[pos];
    const type = tag & 0x87;
    if (type === WireType.lengthDelimited) {
      const length = bytes[pos + 1];
      if (tag === attributeTag) {
        if (length < 128) {
          if (bytes[pos + 3] === keyLength || bytes[pos + 2] !== KEY_TAG || length === 0) return pos;
        } else if (bytes[pos + 4] === keyLength || bytes[pos + 4] > 127 || bytes[pos + 3] !== KEY_TAG) return pos;
        else if (bytes[pos + 2] > 127) return pos;
      } else if (tag === fieldTag) return pos;
      pos = length < 128 ? pos + 2 + length : payloadEnd(bytes, pos + 1);
    } else if (type === WireType.fixed64) {
      pos += 9;
    } else if (type === WireType.fixed32) {
      pos += 5;
    } else {
      pos = skipField(bytes, pos);
    }
  }
  return -1;
}

/** Offsets of the attributes and keys of one message, for looking up several keys. Reusable. */
export class AttributeIndex {
  #bytes: Uint8Array = new Uint8Array();
  /** Four offsets per attribute (tag, `KeyValue`, key, end) and the length of its key. */
  #offsets = new Int32Array(STRIDE * 16);
  #count = 0;

  /** Number of attributes. */
  get count(): number {
    return this.#count;
  }

  /** Indexes the message `[start, end)`, whose attributes are in its field `attributesField`. */
  read(bytes: Uint8Array, start: number, end: number, attributesField: number): void {
    this.#bytes = bytes;
    this.#count = 0;
    const wanted = attributesField * 8 + WireType.lengthDelimited;
    let pos = start;
    while (pos < end) {
      const tagStart = pos;
      let tag = bytes[pos++];
      if (tag > 127) {
        tag = readVarint(bytes, tagStart);
        pos = afterVarint(bytes, tagStart);
      }
      if (tag !== wanted) {
        pos = skipValue(bytes, pos, tag);
        continue;
      }
      let length = bytes[pos++];
      if (length > 127) {
        length = readVarint(bytes, pos - 1);
        pos = afterVarint(bytes, pos - 1);
      }
      this.#add(tagStart, pos, pos + length);
      pos += length;
    }
  }

  /** Returns the index of the first attribute with this key at or after index `from`, or -1 if there is none. */
  find(key: Uint8Array, from: number): number {
    const offsets = this.#offsets;
    for (let i = from; i < this.#count; i++) {
      const at = i * STRIDE;
      if (offsets[at + 4] === key.length && sameBytes(this.#bytes, offsets[at + 2], key)) return i;
    }
    return -1;
  }

  /** Returns the offset of an attribute's tag. */
  start(number: number): number {
    return this.#offsets[number * STRIDE];
  }

  /** Returns the offset of an attribute's `KeyValue`, after tag and length. */
  entryStart(number: number): number {
    return this.#offsets[number * STRIDE + 1];
  }

  /** Returns the offset after an attribute. */
  end(number: number): number {
    return this.#offsets[number * STRIDE + 3];
  }

  /** Returns an attribute's key without copying. */
  key(number: number): Uint8Array {
    const start = this.#offsets[number * STRIDE + 2];
    return this.#bytes.subarray(start, start + this.#offsets[number * STRIDE + 4]);
  }

  #add(start: number, entryStart: number, end: number): void {
    const at = this.#count++ * STRIDE;
    if (at === this.#offsets.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    const offsets = this.#offsets;
    offsets[at] = start;
    offsets[at + 1] = entryStart;
    offsets[at + 3] = end;
    const key =
      end > entryStart && this.#bytes[entryStart] === KEY_TAG ? entryStart + 1 : this.#findKey(entryStart, end);
    offsets[at + 2] = key < 0 ? end : payloadStart(this.#bytes, key);
    offsets[at + 4] = key < 0 ? 0 : payloadEnd(this.#bytes, key) - offsets[at + 2];
  }

  #findKey(start: number, end: number): number {
    return findField(this.#bytes, start, end, 1);
  }
}

const STRIDE = 5;

/**
 * Iterates over the fields of a message like `FieldReader`, but without checks and three times as fast. Only for
 * normalized bytes.
 */
export class TrustedReader {
  readonly bytes: Uint8Array;
  /** Number of the current field. */
  field = 0;
  /** Offset of the current field's tag. */
  start = 0;
  /** Offset after the tag: of the length of a length-delimited field, otherwise of the value. */
  lengthStart = 0;
  /** Offset of the current field's value; for a length-delimited field, of its payload, after the length. */
  valueStart = 0;
  /** Offset after the current field. */
  end: number;
  readonly #limit: number;

  constructor(bytes: Uint8Array, start = 0, limit: number = bytes.length) {
    this.bytes = bytes;
    this.end = start;
    this.#limit = limit;
  }

  /** Advances to the next field. Returns false at the end of the message. */
  next(): boolean {
    const { bytes, end: start } = this;
    if (start >= this.#limit) return false;
    let pos = start + 1;
    let tag = bytes[start];
    if (tag > 127) {
      tag = readVarint(bytes, start);
      pos = afterVarint(bytes, start);
    }
    this.field = tag >>> 3;
    this.start = start;
    this.lengthStart = pos;
    if ((tag & 7) === WireType.lengthDelimited) {
      let length = bytes[pos++];
      if (length > 127) {
        length = readVarint(bytes, pos - 1);
        pos = afterVarint(bytes, pos - 1);
      }
      this.valueStart = pos;
      this.end = pos + length;
    } else {
      this.valueStart = pos;
      this.end = skipValue(bytes, pos, tag);
    }
    return true;
  }
}

/**
 * Iterates over the occurrences of a length-delimited field and passes the ranges of the payload and of the whole field
 * to `visit`.
 */
export function forEachPayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  visit: (payloadStart: number, payloadEnd: number, fieldStart: number) => void,
): void {
  const wanted = field * 8 + WireType.lengthDelimited;
  for (let pos = start; pos < end; ) {
    const tagStart = pos;
    const tag = readVarint(bytes, pos);
    pos = afterVarint(bytes, pos);
    const next = skipValue(bytes, pos, tag);
    if (tag === wanted) visit(payloadStart(bytes, pos), next, tagStart);
    pos = next;
  }
}
