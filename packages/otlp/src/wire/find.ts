import { readVarint, WireType } from './reader.ts';

/**
 * Searching in bytes that `normalizeRequest` has let through: nothing is checked, nothing is allocated, no string is
 * made. `edit.bench.ts` is the benchmark that paid for the style.
 */

/**
 * Offset of the value of the first `field` in the message `[start, end)`, or -1. The value begins after the tag, so
 * that of a length-delimited field with its length: see `payloadStart`.
 */
export function findField(bytes: Uint8Array, start: number, end: number, field: number): number {
  let pos = start;
  while (pos < end) {
    let tag = bytes[pos] as number;
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

/** Where the payload of the length-delimited value at `value` begins; `value` comes from `findField`. */
export function payloadStart(bytes: Uint8Array, value: number): number {
  return (bytes[value] as number) < 128 ? value + 1 : afterVarint(bytes, value);
}

/** Where the payload of the length-delimited value at `value` ends; `value` comes from `findField`. */
export function payloadEnd(bytes: Uint8Array, value: number): number {
  const first = bytes[value] as number;
  return first < 128 ? value + 1 + first : afterVarint(bytes, value) + readVarint(bytes, value);
}

/** Where `findAttribute` puts what it found. Kept and passed again by those who search often. */
export class FoundAttribute {
  /** Offset of the tag of the whole attribute. */
  start = 0;
  /** Offset after the whole attribute. */
  end = 0;
  /** Offset of its `AnyValue` without tag and length; equal to `valueEnd` when the value is empty or missing. */
  valueStart = 0;
  /** Offset after its `AnyValue`. */
  valueEnd = 0;
}

/**
 * Looks in the message `[start, end)` for the first attribute with this key (UTF-8) and describes it in `found`, which
 * is untouched when there is none. `attributesField` is the number of the message's attribute list.
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
  const shortKey = key.length < 128 ? key.length : -1;
  let pos = start;
  while (pos < end) {
    const tagStart = pos;
    let tag = bytes[pos] as number;
    if (tag < 128) {
      pos++;
    } else {
      tag = readVarint(bytes, pos);
      pos = afterVarint(bytes, pos);
    }
    if (tag !== wanted) {
      pos = skipValue(bytes, pos, tag);
      continue;
    }
    let length = bytes[pos] as number;
    if (length < 128) {
      pos++;
    } else {
      length = readVarint(bytes, pos);
      pos = afterVarint(bytes, pos);
    }
    const entryEnd = pos + length;
    // Almost every attribute has its key first, and a key occurs once: no match here is no match at all.
    const usual = shortKey >= 0 && bytes[pos] === KEY_TAG && pos < entryEnd;
    if (usual ? bytes[pos + 1] === shortKey && sameBytes(bytes, pos + 2, key) : keyIs(bytes, pos, entryEnd, key)) {
      describe(bytes, tagStart, pos, entryEnd, found);
      return true;
    }
    pos = entryEnd;
  }
  return false;
}

const KEY_TAG = 1 * 8 + WireType.lengthDelimited;

function keyIs(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
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

/** Whether the bytes at `offset` are those of `expected`. The caller knows that there are enough of them. */
export function sameBytes(bytes: Uint8Array, offset: number, expected: Uint8Array): boolean {
  // Names that have a length in common mostly share their beginning too (`http.`): the end tells them apart sooner.
  for (let i = expected.length - 1; i >= 0; i--) {
    if (bytes[offset + i] !== expected[i]) return false;
  }
  return true;
}

/** Offset after the value at `pos`, whose tag was `tag`. Canonical bytes hold no groups. */
export function skipValue(bytes: Uint8Array, pos: number, tag: number): number {
  switch (tag & 7) {
    case WireType.lengthDelimited: {
      const length = bytes[pos] as number;
      return length < 128 ? pos + 1 + length : payloadEnd(bytes, pos);
    }
    case WireType.fixed64:
      return pos + 8;
    case WireType.fixed32:
      return pos + 4;
    default:
      return afterVarint(bytes, pos);
  }
}

function afterVarint(bytes: Uint8Array, offset: number): number {
  let pos = offset;
  while ((bytes[pos] as number) > 127) pos++;
  return pos + 1;
}

/** Walks a message's occurrences of one length-delimited field: `visit` gets the payload and the whole field. */
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
