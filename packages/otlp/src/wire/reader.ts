/** Protobuf wire types (encoding specification, "Message Structure"). */
export const WireType = {
  varint: 0,
  fixed64: 1,
  lengthDelimited: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

/** Thrown for bytes that are not a protobuf message, but never for normalized bytes. */
export class WireFormatError extends Error {
  /** The error message without its position. */
  readonly detail: string;
  /** Offset of the invalid field or number. */
  readonly offset: number;

  constructor(detail: string, offset: number, field?: number) {
    super(`${field === undefined ? '' : `field ${field}: `}${detail}, at offset ${offset}`);
    this.name = 'WireFormatError';
    this.detail = detail;
    this.offset = offset;
  }
}

/**
 * Iterates over the fields of one message in place: `while (reader.next()) switch (reader.field) …`. After `next()`,
 * the public properties describe the current field. Nothing is copied. Malformed bytes throw a `WireFormatError`, so it
 * may be used on unvalidated bytes, one message deep.
 */
export class FieldReader {
  /** The array being read. */
  bytes: Uint8Array;
  /** Number of the current field. */
  field = 0;
  /** Wire type of the current field, one of `WireType`. A group is reported as a whole, as its `startGroup`. */
  wireType = 0;
  /** Offset of the current field's tag. */
  start = 0;
  /** Offset of the current field's value; for a length-delimited field, of its payload, after the length. */
  valueStart = 0;
  /** Offset after the current field's value; for a group, before its end tag. */
  valueEnd = 0;
  /** Offset after the current field, where the next one starts. */
  end = 0;
  /** Offset after the message. */
  limit: number;

  constructor(bytes: Uint8Array, start = 0, limit: number = bytes.length) {
    this.bytes = bytes;
    this.end = start;
    this.limit = limit;
  }

  /** Moves the reader to another message, so that loops need not allocate a reader. */
  reset(bytes: Uint8Array, start: number, limit: number): this {
    this.bytes = bytes;
    this.end = start;
    this.limit = limit;
    return this;
  }

  /** Advances to the next field. Returns false at the end of the message. */
  next(): boolean {
    const start = this.end;
    if (start >= this.limit) return false;
    const bytes = this.bytes;
    let pos = start;
    let tag = bytes[pos++];
    if (tag > 127) {
      tag = readVarint(bytes, start);
      pos = endOfVarint(bytes, start, this.limit, undefined, MAX_HEAD_BYTES);
    }
    this.start = start;
    this.field = Math.floor(tag / 8);
    this.wireType = tag & 7;
    if (tag < 8 || tag > MAX_TAG) throw new WireFormatError(`invalid tag ${tag}`, start);
    this.#value(pos);
    return true;
  }

  #value(pos: number): void {
    this.valueStart = pos;
    switch (this.wireType) {
      case WireType.varint:
        this.end = endOfVarint(this.bytes, pos, this.limit, this.field);
        break;
      case WireType.fixed64:
        this.end = pos + 8;
        break;
      case WireType.lengthDelimited:
        this.valueStart = endOfVarint(this.bytes, pos, this.limit, this.field, MAX_HEAD_BYTES);
        this.end = this.valueStart + readVarint(this.bytes, pos);
        break;
      case WireType.startGroup:
        this.#group(pos);
        return;
      case WireType.fixed32:
        this.end = pos + 4;
        break;
      default:
        throw new WireFormatError(this.#invalidWireType(), this.start, this.field);
    }
    if (this.end > this.limit) {
      const left = this.limit - this.valueStart;
      throw new WireFormatError(
        `length ${this.end - this.valueStart} exceeds the ${left} bytes left`,
        this.start,
        this.field,
      );
    }
    this.valueEnd = this.end;
  }

  #invalidWireType(): string {
    return this.wireType === WireType.endGroup
      ? 'end of a group without its start'
      : `invalid wire type ${this.wireType}`;
  }

  /** Skips nested groups without recursion, using a depth counter and a stack of field numbers. */
  #group(pos: number): void {
    const { field, start, wireType } = this;
    const open = [field];
    const inner = new FieldReader(this.bytes, pos, this.limit);
    while (open.length > 0) {
      if (inner.end >= this.limit) throw new WireFormatError('group does not end', start, field);
      const tagStart = inner.end;
      const tag = readVarint(this.bytes, tagStart);
      if ((tag & 7) === WireType.startGroup || (tag & 7) === WireType.endGroup) {
        const number = Math.floor(tag / 8);
        if (tag > MAX_TAG || number === 0) throw new WireFormatError(`invalid tag ${tag}`, tagStart);
        inner.end = endOfVarint(this.bytes, tagStart, this.limit, undefined, MAX_HEAD_BYTES);
        if ((tag & 7) === WireType.startGroup) {
          if (open.length >= MAX_GROUP_DEPTH) throw new WireFormatError('groups nest too deep', tagStart);
          open.push(number);
        } else if (open.pop() !== number) {
          throw new WireFormatError(`end of group ${number} without its start`, tagStart);
        }
        if (open.length === 0) this.valueEnd = tagStart;
      } else {
        inner.next();
      }
    }
    this.field = field;
    this.wireType = wireType;
    this.start = start;
    this.valueStart = pos;
    this.end = inner.end;
  }
}

/** Largest legal tag: field 2^29 - 1 with wire type 5. */
export const MAX_TAG = 0xffff_fffd;

/** Maximum size of a tag or length, which are 32-bit integers. Other implementations reject longer varints. */
export const MAX_HEAD_BYTES = 5;

/** Maximum nesting depth of groups. */
export const MAX_GROUP_DEPTH = 100;

/**
 * Returns the offset after the varint at `offset`. Throws a `WireFormatError` (with `field`, if given) if it does not
 * end before `limit` or has more than `maxBytes` bytes. Ten bytes hold a 64-bit integer.
 */
export function endOfVarint(bytes: Uint8Array, offset: number, limit: number, field?: number, maxBytes = 10): number {
  const end = findEndOfVarint(bytes, offset, limit, maxBytes);
  if (end >= 0) return end;
  const isCut = limit < offset + maxBytes;
  const detail = isCut ? 'the message ends within a varint' : `varint of more than ${maxBytes} bytes`;
  throw new WireFormatError(detail, offset, field);
}

/**
 * Returns the offset after the varint at `offset`, or -1 if it does not end before `limit` or has more than `maxBytes`
 * bytes.
 */
export function findEndOfVarint(bytes: Uint8Array, offset: number, limit: number, maxBytes = 10): number {
  const last = Math.min(limit, offset + maxBytes);
  for (let pos = offset; pos < last; pos++) {
    if (bytes[pos] < 128) return pos + 1;
  }
  return -1;
}

/** Reads the varint at `offset` as a number: exact up to 2^53, then the nearest double. */
export function readVarint(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset];
  if (first < 128) return first;
  // Lengths of two or three bytes are common, and avoiding the loops for both halves takes 4 ns instead of 40 ns.
  const second = bytes[offset + 1];
  if (second < 128) return (first & 127) | (second << 7);
  const third = bytes[offset + 2];
  if (third < 128) return (first & 127) | ((second & 127) << 7) | (third << 14);
  return readVarintHigh(bytes, offset) * 0x1_0000_0000 + readVarintLow(bytes, offset);
}

/** Reads the lower 32 bits of the varint at `offset`, unsigned; `| 0` converts it to an `int32` or an enum. */
export function readVarintLow(bytes: Uint8Array, offset: number): number {
  let byte = bytes[offset];
  let low = byte & 127;
  for (let shift = 7, pos = offset + 1; byte > 127 && shift < 35; shift += 7, pos++) {
    byte = bytes[pos];
    low |= (byte & 127) << shift;
  }
  return low >>> 0;
}

/** Reads the upper 32 bits of the varint at `offset`, unsigned. */
export function readVarintHigh(bytes: Uint8Array, offset: number): number {
  for (let pos = offset; pos < offset + 4; pos++) {
    if (bytes[pos] < 128) return 0;
  }
  let byte = bytes[offset + 4];
  let high = (byte & 127) >> 4;
  for (let shift = 3, pos = offset + 5; byte > 127 && shift < 32; shift += 7, pos++) {
    byte = bytes[pos];
    high |= (byte & 127) << shift;
  }
  return high >>> 0;
}

/** Reads the varint at `offset` as an unsigned 64-bit integer. Allocates, so it is not for hot paths. */
export function readVarintUint64(bytes: Uint8Array, offset: number): bigint {
  return (BigInt(readVarintHigh(bytes, offset)) << 32n) | BigInt(readVarintLow(bytes, offset));
}

/** Reads the varint at `offset` as a signed 64-bit integer (`int64`). Allocates, so it is not for hot paths. */
export function readVarintInt64(bytes: Uint8Array, offset: number): bigint {
  return BigInt.asIntN(64, readVarintUint64(bytes, offset));
}

/** Reads the varint at `offset` as a zigzag-encoded signed 32-bit integer (`sint32`). */
export function readVarintSint32(bytes: Uint8Array, offset: number): number {
  const low = readVarintLow(bytes, offset);
  return (low >>> 1) ^ -(low & 1);
}

/** Reports whether the varint at `offset` is nonzero (`bool`). */
export function readVarintBool(bytes: Uint8Array, offset: number): boolean {
  return readVarintLow(bytes, offset) !== 0 || readVarintHigh(bytes, offset) !== 0;
}

/** Reads four little-endian bytes at `offset`, unsigned: a `fixed32`, or the lower half of a `fixed64`. */
export function readFixed32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)) >>> 0;
}

/** Reads the `fixed64` at `offset` as an unsigned integer. Allocates; in hot paths, read the two halves instead. */
export function readFixed64(bytes: Uint8Array, offset: number): bigint {
  return (BigInt(readFixed32(bytes, offset + 4)) << 32n) | BigInt(readFixed32(bytes, offset));
}

/** Reads the `sfixed64` at `offset` as a signed integer. Allocates, so it is not for hot paths. */
export function readSfixed64(bytes: Uint8Array, offset: number): bigint {
  return BigInt.asIntN(64, readFixed64(bytes, offset));
}

/** Reads the `fixed64` at `offset` as a number: exact up to 2^53, then the nearest double. */
export function readFixed64Number(bytes: Uint8Array, offset: number): number {
  return readFixed32(bytes, offset + 4) * 0x1_0000_0000 + readFixed32(bytes, offset);
}

/** Reads the little-endian `double` at `offset`. */
export function readDouble(bytes: Uint8Array, offset: number): number {
  halves[LOW] = readFixed32(bytes, offset);
  halves[1 - LOW] = readFixed32(bytes, offset + 4);
  return double[0];
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes the UTF-8 string in `[start, end)`. Malformed sequences become U+FFFD, and a byte order mark is preserved.
 */
export function readString(bytes: Uint8Array, start: number, end: number): string {
  // For short ASCII strings, as in most keys and values, this is several times cheaper than calling the decoder.
  if (end - start <= 24) {
    let text = '';
    for (let pos = start; pos < end; pos++) {
      const byte = bytes[pos];
      if (byte > 127) return decode(bytes, start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decode(bytes, start, end);
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** Index of a double's lower half in this machine's byte order. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
