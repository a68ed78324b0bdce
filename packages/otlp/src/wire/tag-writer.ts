/**
 * Writes protobuf to a growing buffer. Callers pass encoded tags and hold the position of an open message. Short
 * strings are copied in a loop and numbers are written with a `DataView`, which is faster for telemetry. Kept small,
 * because web pages load it with the client; `WireWriter` has the features that only servers need.
 */
export class TagWriter {
  /** The buffer. The written bytes are `[0, length)`. Replaced when it grows. */
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
    // A value without a length is not a string, and fails when it is written.
    if (!(needed > bytes.length)) return;
    this.bytes = new Uint8Array(Math.max(needed, bytes.length * 2));
    this.bytes.set(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Returns the written bytes in an array of exactly their size, and resets the writer. */
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

  /** Writes an unsigned 32-bit integer field. */
  uint(tag: number, value: number): void {
    this.reserve(10);
    this.length = putVarint(this.bytes, putVarint(this.bytes, this.length, tag), value);
  }

  /** Writes a 32-bit fixed-size field. */
  fixed32(tag: number, value: number): void {
    this.reserve(9);
    const start = putVarint(this.bytes, this.length, tag);
    this.view.setUint32(start, value, true);
    this.length = start + 4;
  }

  /** Writes a `fixed64` field with nanoseconds since the Unix epoch, exactly and without `BigInt`. */
  time(tag: number, { seconds, nanos }: { readonly seconds: number; readonly nanos: number }): void {
    // The sum exceeds the 53 bits of a double. `imul` makes its lower half exact, and rounding then makes the upper
    // half exact.
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

  /** Writes a length-delimited field with `value` in UTF-8. Lone surrogates become U+FFFD. */
  text(tag: number, value: string): void {
    const count = value.length;
    const lengthBytes = varintSize(count);
    this.reserve(count * 3 + 10);
    const start = this.open(tag, lengthBytes);
    this.length += putText(this.bytes, start, value);
    this.close(start, lengthBytes);
  }

  /**
   * Opens a message and returns its position, which must be passed to `close`. Everything written until then is its
   * contents. Choosing the right number of bytes for the length avoids moving the contents.
   */
  open(tag: number, lengthBytes = 1): number {
    this.reserve(6);
    this.bytes[this.length] = tag;
    this.length += 1 + lengthBytes;
    return this.length;
  }

  /** Closes the message that `open` opened with the same `lengthBytes`. */
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

/** Writes a string in UTF-8 and returns its size. Three bytes per character must be reserved. */
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
 * Up to this length, a loop is faster than `TextEncoder`, which takes about 65 ns for short strings
 * (`sdk/src/wire/writer.bench.ts`).
 */
const LOOP_CHARACTERS = 40;
const encoder = new TextEncoder();
