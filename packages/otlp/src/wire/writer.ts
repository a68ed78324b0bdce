import { WireType } from './reader.ts';

/**
 * Writes protobuf into a growing buffer. Nested messages are written between `open` and `close`, which inserts the
 * length. One writer may write many messages, one after the other: `finish` returns a copy of the bytes written and
 * resets the writer.
 */
export class WireWriter {
  #bytes: Uint8Array;
  #length = 0;
  /** Offsets of the contents of the open messages, the innermost last. */
  readonly #open: number[] = [];

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Number of bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Returns the bytes written in an array that owns exactly its memory, and resets the writer. */
  finish(): Uint8Array {
    if (this.#open.length > 0) throw new Error(`finish() with ${this.#open.length} messages still open`);
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return written;
  }

  /** Writes a field's number and wire type. */
  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Writes a non-negative integer of at most 53 bits. */
  varint(value: number): void {
    if (value > 0xffff_ffff) {
      this.varintHalves(value >>> 0, Math.floor(value / 0x1_0000_0000));
      return;
    }
    this.#reserve(5);
    this.#length = putVarint(this.#bytes, this.#length, value);
  }

  /** Writes a 64-bit integer, given as two unsigned 32-bit halves. */
  varintHalves(low: number, high: number): void {
    this.#reserve(10);
    const bytes = this.#bytes;
    let pos = this.#length;
    let lower = low >>> 0;
    let upper = high >>> 0;
    while (upper > 0 || lower > 127) {
      bytes[pos++] = (lower & 127) | 128;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    bytes[pos++] = lower;
    this.#length = pos;
  }

  /** Writes a 64-bit integer, signed or unsigned. */
  varintBigInt(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value);
    this.varintHalves(Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n));
  }

  /** Writes a signed 32-bit integer in zigzag code (`sint32`). */
  varintSint32(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Writes four little-endian bytes. */
  fixed32(value: number): void {
    this.#reserve(4);
    const bytes = this.#bytes;
    const pos = this.#length;
    bytes[pos] = value;
    bytes[pos + 1] = value >>> 8;
    bytes[pos + 2] = value >>> 16;
    bytes[pos + 3] = value >>> 24;
    this.#length = pos + 4;
  }

  /** Writes eight little-endian bytes, given as two 32-bit halves. */
  fixed64Halves(low: number, high: number): void {
    this.fixed32(low);
    this.fixed32(high);
  }

  /** Writes a 64-bit integer, signed or unsigned, as eight little-endian bytes. */
  fixed64BigInt(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value);
    this.fixed64Halves(Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n));
  }

  /** Writes a little-endian double. */
  double(value: number): void {
    scratch.setFloat64(0, value, true);
    this.fixed64Halves(scratch.getUint32(0, true), scratch.getUint32(4, true));
  }

  /** Copies `[start, end)` of `bytes`: whole fields, or a payload whose length was written. */
  raw(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const length = end - start;
    this.#reserve(length);
    const target = this.#bytes;
    const at = this.#length;
    // A native call costs more than a short copy.
    if (length <= 32) {
      for (let i = 0; i < length; i++) target[at + i] = bytes[start + i] as number;
    } else {
      target.set(bytes.subarray(start, end), at);
    }
    this.#length = at + length;
  }

  /** Writes a length-delimited field with `[start, end)` of `bytes` as its payload. */
  bytesField(field: number, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.tag(field, WireType.lengthDelimited);
    this.varint(end - start);
    this.raw(bytes, start, end);
  }

  /** Writes a length-delimited field with the UTF-8 of `text`. */
  stringField(field: number, text: string): void {
    this.open(field);
    this.#reserve(text.length * 3);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#length));
    this.#length += written;
    this.close();
  }

  /** Opens a nested message: everything written until `close` is the payload of the length-delimited `field`. */
  open(field: number): void {
    this.tag(field, WireType.lengthDelimited);
    // One byte is reserved for the length. `close` moves the payload when the length needs more.
    this.#reserve(1);
    this.#length += 1;
    this.#open.push(this.#length);
  }

  /** Closes the innermost open message. */
  close(): void {
    const start = this.#open.pop();
    if (start === undefined) throw new Error('close() without open()');
    const length = this.#length - start;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#length);
    }
    // Avoids `varint`, which may reallocate the buffer and lose the payload.
    putVarint(this.#bytes, start - 1, length);
    this.#length += extra;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Writes an integer of at most 32 bits at `offset` and returns the offset after it. */
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

/** Returns the size of a non-negative integer of at most 53 bits as a varint, in bytes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

const scratch = new DataView(new ArrayBuffer(8));
const encoder = new TextEncoder();
