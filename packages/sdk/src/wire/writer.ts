/**
 * Writes protobuf into one buffer that grows. Smaller and, for telemetry's short strings, faster than the writer of
 * `otlp`: short strings are copied by a loop, numbers go through a `DataView`, and whoever opens a message keeps its
 * place, so there is no stack of open ones.
 */
export class Writer {
  /** The buffer; what has been written is `[0, length)`. Replaced when it grows. */
  declare bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  /** Over the same memory. */
  declare view: DataView<ArrayBuffer>;

  constructor(capacity = 512) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for so many further bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    const { bytes } = this;
    // What has no length is not text, and is refused when it is written.
    if (!(needed > bytes.length)) return;
    this.bytes = new Uint8Array(Math.max(needed, bytes.length * 2));
    this.bytes.set(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The bytes written, as an array that owns exactly its memory; the writer is empty afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = this.bytes.slice(0, this.length);
    this.length = 0;
    return written;
  }

  /** An integer of at most 32 bits, without a tag. */
  varint(value: number): void {
    this.reserve(5);
    this.length = putVarint(this.bytes, this.length, value);
  }

  /** A field with a non-negative integer of at most 32 bits. */
  uint(tag: number, value: number): void {
    this.reserve(10);
    this.length = putVarint(this.bytes, putVarint(this.bytes, this.length, tag), value);
  }

  /** A field of four little-endian bytes. */
  fixed32(tag: number, value: number): void {
    this.reserve(9);
    const start = putVarint(this.bytes, this.length, tag);
    this.view.setUint32(start, value, true);
    this.length = start + 4;
  }

  /** A `fixed64` with nanoseconds since the epoch, exact without `BigInt`. */
  time(tag: number, { seconds, nanos }: { readonly seconds: number; readonly nanos: number }): void {
    // Their sum exceeds a double's 53 bits; its lower half is right by `imul`, and then the upper one by rounding.
    const low = (Math.imul(seconds, 1e9) + nanos) >>> 0;
    this.reserve(9);
    const { view, length } = this;
    view.setUint8(length, tag);
    view.setUint32(length + 1, low, true);
    view.setUint32(length + 5, Math.round((seconds * 1e9 + nanos - low) / 0x1_0000_0000), true);
    this.length = length + 9;
  }

  /** Copies bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A length-delimited field with the UTF-8 of `value`; surrogates without a partner become U+FFFD. */
  text(tag: number, value: string): void {
    const count = value.length;
    const lengthBytes = varintSize(count);
    this.reserve(count * 3 + 10);
    const start = this.length + 1 + lengthBytes;
    this.bytes[this.length] = tag;
    this.length = start + putText(this.bytes, start, value);
    this.close(start, lengthBytes);
  }

  /**
   * Begins a message; what is written until `close`, which takes the returned place, is its content. To know how many
   * bytes the content's length will take saves moving the content.
   */
  open(tag: number, lengthBytes = 1): number {
    this.reserve(6);
    this.bytes[this.length] = tag;
    this.length += 1 + lengthBytes;
    return this.length;
  }

  /** Ends the message that `open` has begun, given the same. */
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

/** How many bytes an integer of at most 32 bits takes. */
export function varintSize(value: number): number {
  return value < 128 ? 1 : 1 + varintSize(value >>> 7);
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

/** Writes the UTF-8 of a text and says how many bytes it took. Room for three a character must have been made. */
function putText(bytes: Uint8Array, offset: number, text: string): number {
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

/** Up to so many characters a loop is faster than `TextEncoder`, which takes some 65 ns for any few (`writer.bench.ts`). */
const LOOP_CHARACTERS = 40;
const encoder = new TextEncoder();
