/**
 * Writes protobuf into a growing buffer. Callers pass encoded tags and keep the position of an open message. Short strings
 * are copied in a loop and numbers are written with a `DataView`, which is faster for telemetry. Small, because pages
 * load it with the client: `WireWriter` has what only servers need.
 */
export class TagWriter {
  /** The buffer; written bytes are `[0, length)`. Replaced when it grows. */
  declare bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  /** A view of the same memory. */
  declare view: DataView<ArrayBuffer>;

  constructor(capacity = 512) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Ensures capacity for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    const { bytes } = this;
    // A value without a length is not a string and fails when it is written.
    if (!(needed > bytes.length)) return;
    this.bytes = new Uint8Array(Math.max(needed, bytes.length * 2));
    this.bytes.set(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Returns the written bytes in an array of exactly that size, and empties the writer. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = this.bytes.slice(0, this.length);
    this.length = 0;
    return written;
  }

  /** Writes an unsigned 32-bit integer without a tag. */
  varint(value: number): void {
    this.reserve(5);
    this.length = putVarint(this.bytes, this.length, value);
  }

  /** Writes a field with an unsigned 32-bit integer. */
  uint(tag: number, value: number): void {
    this.reserve(10);
    this.length = putVarint(this.bytes, putVarint(this.bytes, this.length, tag), value);
  }

  /** Writes a field of four little-endian bytes. */
  fixed32(tag: number, value: number): void {
    this.reserve(9);
    const start = putVarint(this.bytes, this.length, tag);
    this.view.setUint32(start, value, true);
    this.length = start + 4;
  }

  /** Writes a `fixed64` with nanoseconds since the epoch, exactly and without `BigInt`. */
  time(tag: number, { seconds, nanos }: { readonly seconds: number; readonly nanos: number }): void {
    // The sum exceeds the 53 bits of a double. `imul` makes its lower half exact, and rounding then the upper half.
    const low = (Math.imul(seconds, 1e9) + nanos) >>> 0;
    this.reserve(9);
    const { view, length } = this;
    view.setUint8(length, tag);
    view.setUint32(length + 1, low, true);
    view.setUint32(length + 5, Math.round((seconds * 1e9 + nanos - low) / 0x1_0000_0000), true);
    this.length = length + 9;
  }

  /** Copies bytes unchanged. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a length-delimited field with the UTF-8 of `value`. Lone surrogates become U+FFFD. */
  text(tag: number, value: string): void {
    const count = value.length;
    const lengthBytes = varintSize(count);
    this.reserve(count * 3 + 10);
    const start = this.open(tag, lengthBytes);
    this.length += putText(this.bytes, start, value);
    this.close(start, lengthBytes);
  }

  /**
   * Begins a message and returns its position, for `close`. Everything written until then is its content. The right
   * number of bytes for the content's length avoids moving the content.
   */
  open(tag: number, lengthBytes = 1): number {
    this.reserve(6);
    this.bytes[this.length] = tag;
    this.length += 1 + lengthBytes;
    return this.length;
  }

  /** Ends the message that `open` began with the same `lengthBytes`. */
  close(start: number, lengthBytes = 1): void {
    const count = this.length - start;
    const extra = varintSize(count) - lengthBytes;
    if (extra !== 0) {
      this.reserve(extra);
      this.bytes.copyWithin(start + extra, start, this.length);
      this.length += extra;
    }
    putVarint(this.bytes, start - lengthBytes, count);
  }
}

/** Returns the size of a non-negative integer of at most 53 bits as a varint, in bytes. */
export function varintSize(value: number): number {
  return value < 128 ? 1 : 1 + varintSize(value / 128);
}

function putVarint(bytes: Uint8Array, offset: number, value: number): number {
  let pos = offset;
  let rest = value >>> 0;
  while (rest > 127) {
    bytes[pos++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[pos++] = rest;
  return pos;
}

/** Writes the UTF-8 of a text and returns its size. Three bytes per character must be reserved. */
export function putText(bytes: Uint8Array, offset: number, text: string): number {
  const count = text.length;
  if (count <= LOOP_CHARACTERS) {
    let i = 0;
    for (; i < count; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) break;
      bytes[offset + i] = code;
    }
    if (i === count) return count;
  }
  return encoder.encodeInto(text, bytes.subarray(offset)).written;
}

/**
 * Up to this length a loop is faster than `TextEncoder`, which takes about 65 ns for short strings
 * (`sdk/src/wire/writer.bench.ts`).
 */
const LOOP_CHARACTERS = 40;
const encoder = new TextEncoder();
