/**
 * Writes protobuf into one buffer that grows. Smaller and, for telemetry's short strings, faster than the writer of
 * `otlp`: tags are bytes (every field of OTLP that is written often is below 16), ASCII is copied by a loop, and whoever
 * opens a message keeps its place, so there is no stack of open ones.
 */
export class Writer {
  /** The buffer; what has been written is `[0, length)`. Replaced when it grows. */
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 512) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for so many further bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** The bytes written, as an array that owns exactly its memory; the writer is empty afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = this.bytes.slice(0, this.length);
    this.length = 0;
    return written;
  }

  /** A tag alone: `field * 8 + wireType`. */
  tag(tag: number): void {
    this.reserve(3);
    this.length = putVarint(this.bytes, this.length, tag);
  }

  /** A field with a non-negative integer of at most 32 bits. */
  uint(tag: number, value: number): void {
    this.reserve(8);
    this.length = putVarint(this.bytes, putVarint(this.bytes, this.length, tag), value);
  }

  /** A field with an integer of 64 bits, negative ones as two's complement. */
  int64(tag: number, value: number): void {
    this.reserve(13);
    const { bytes } = this;
    let pos = putVarint(bytes, this.length, tag);
    let low = value >>> 0;
    let high = Math.floor(value / 0x1_0000_0000) >>> 0;
    while (high > 0) {
      bytes[pos++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.length = putVarint(bytes, pos, low);
  }

  /** A field of four little-endian bytes. */
  fixed32(tag: number, value: number): void {
    this.reserve(7);
    this.length = putFixed32(this.bytes, putVarint(this.bytes, this.length, tag), value);
  }

  /** A field of eight little-endian bytes, given as two halves. */
  fixed64(tag: number, low: number, high: number): void {
    this.reserve(11);
    const { bytes } = this;
    this.length = putFixed32(bytes, putFixed32(bytes, putVarint(bytes, this.length, tag), low), high);
  }

  /** A field with a double. */
  double(tag: number, value: number): void {
    scratch.setFloat64(0, value, true);
    this.fixed64(tag, scratch.getUint32(0, true), scratch.getUint32(4, true));
  }

  /** A `fixed64` with nanoseconds since the epoch, exact without `BigInt`. */
  time(tag: number, seconds: number, nanos: number): void {
    // seconds * 1e9 exceeds a double's 53 bits; each half of the seconds does not.
    const upper = Math.floor(seconds / 0x1_0000) * 1e9;
    const rest = (upper % 0x1_0000) * 0x1_0000 + (seconds % 0x1_0000) * 1e9 + nanos;
    this.fixed64(tag, rest >>> 0, Math.floor(upper / 0x1_0000) + Math.floor(rest / 0x1_0000_0000));
  }

  /** Copies `[start, end)` of `source` as it is. */
  raw(source: Uint8Array, start = 0, end: number = source.length): void {
    const count = end - start;
    this.reserve(count);
    const { bytes, length } = this;
    // Crossing into the engine costs more than a short copy.
    if (count <= 48) for (let i = 0; i < count; i++) bytes[length + i] = source[start + i];
    else bytes.set(source.subarray(start, end), length);
    this.length = length + count;
  }

  /** A length-delimited field with `[start, end)` of `source`. */
  data(tag: number, source: Uint8Array, start = 0, end: number = source.length): void {
    this.uint(tag, end - start);
    this.raw(source, start, end);
  }

  /** A length-delimited field with the UTF-8 of `value`; surrogates without a partner become U+FFFD. */
  text(tag: number, value: string): void {
    const count = value.length;
    this.reserve(count + 8);
    const start = putVarint(this.bytes, putVarint(this.bytes, this.length, tag), count);
    if (putAscii(this.bytes, start, value)) {
      this.length = start + count;
      return;
    }
    const open = this.open(tag, count);
    this.reserve(count * 3);
    this.length += encoder.encodeInto(value, this.bytes.subarray(this.length)).written;
    this.close(open, count);
  }

  /**
   * Begins a message; what is written until `close`, which takes the returned place, is its content. A guess of the
   * content's length saves moving it when the length takes more than one byte.
   */
  open(tag: number, guess = 0): number {
    this.reserve(8);
    this.length = putVarint(this.bytes, this.length, tag) + varintSize(guess);
    return this.length;
  }

  /** Ends the message that `open` has begun, given the same guess. */
  close(start: number, guess = 0): void {
    const count = this.length - start;
    const reserved = varintSize(guess);
    const extra = varintSize(count) - reserved;
    if (extra !== 0) {
      this.reserve(extra);
      this.bytes.copyWithin(start + extra, start, this.length);
      this.length += extra;
    }
    putVarint(this.bytes, start - reserved, count);
  }
}

/** Writes an integer of at most 32 bits; the offset after it. Room must have been reserved. */
export function putVarint(bytes: Uint8Array, offset: number, value: number): number {
  let pos = offset;
  let rest = value >>> 0;
  while (rest > 127) {
    bytes[pos++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[pos++] = rest;
  return pos;
}

/** Writes `text` if it is ASCII (`false` if not, then the bytes there are undefined). Room must have been reserved. */
export function putAscii(bytes: Uint8Array, offset: number, text: string): boolean {
  const count = text.length;
  if (count > LOOP_CHARACTERS) return encoder.encodeInto(text, bytes.subarray(offset, offset + count)).read === count;
  for (let i = 0; i < count; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return false;
    bytes[offset + i] = code;
  }
  return true;
}

/** Up to so many characters a loop is faster than `TextEncoder`, which takes some 65 ns for any few (`writer.bench.ts`). */
const LOOP_CHARACTERS = 40;

function putFixed32(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
  return offset + 4;
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

const scratch = new DataView(new ArrayBuffer(8));
const encoder = new TextEncoder();
