import { WireType } from './reader.ts';
import { putText, TagWriter } from './tag-writer.ts';

/**
 * Writes protobuf by field number, including 64-bit values. Nested messages are written between `open` and `close`,
 * which inserts the length, or by `message`. One writer can write many messages, one after another: `finish` returns a
 * copy of the written bytes and resets the writer. Methods that write whole fields return the writer.
 */
export class WireWriter {
  readonly #out: TagWriter;
  /** Content offsets of the open messages, innermost last. */
  readonly #open: number[] = [];

  constructor(capacity = 1024) {
    this.#out = new TagWriter(capacity);
  }

  /** Number of bytes written. */
  get length(): number {
    return this.#out.length;
  }

  /** Returns the written bytes in an array that owns exactly its memory, and resets the writer. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#open.length > 0) throw new Error(`finish() with ${this.#open.length} messages still open`);
    return this.#out.finish();
  }

  /** Discards what is written, such as the beginning of a value that could not be written to its end. */
  reset(): void {
    this.#open.length = 0;
    this.#out.length = 0;
  }

  /** Writes a tag: field number and wire type. */
  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Writes a non-negative integer of at most 53 bits. */
  varint(value: number): void {
    if (value > 0xffff_ffff) this.varintHalves(value >>> 0, Math.floor(value / 0x1_0000_0000));
    else this.#out.varint(value);
  }

  /** Writes a 64-bit integer, given as two unsigned 32-bit halves. */
  varintHalves(low: number, high: number): void {
    const out = this.#out;
    out.reserve(10);
    const { bytes } = out;
    let pos = out.length;
    let lower = low >>> 0;
    let upper = high >>> 0;
    while (upper > 0 || lower > 127) {
      bytes[pos++] = (lower & 127) | 128;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    bytes[pos++] = lower;
    out.length = pos;
  }

  /** Writes a 64-bit integer, signed or unsigned. */
  varintBigInt(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value);
    this.varintHalves(Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n));
  }

  /** Writes a signed 32-bit integer in zigzag encoding (`sint32`). */
  varintSint32(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Writes four little-endian bytes. */
  fixed32(value: number): void {
    const out = this.#out;
    out.reserve(4);
    out.view.setUint32(out.length, value, true);
    out.length += 4;
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
    const out = this.#out;
    out.reserve(8);
    out.view.setFloat64(out.length, value, true);
    out.length += 8;
  }

  /** Copies `[start, end)` of `bytes`: complete fields, or a payload whose length has been written. */
  raw(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const out = this.#out;
    const length = end - start;
    out.reserve(length);
    const target = out.bytes;
    const at = out.length;
    // A native call costs more than a short copy.
    if (length <= 32) {
      for (let i = 0; i < length; i++) target[at + i] = bytes[start + i];
    } else {
      target.set(bytes.subarray(start, end), at);
    }
    out.length = at + length;
  }

  /** Writes a length-delimited field with `[start, end)` of `bytes` as its payload. */
  bytesField(field: number, bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.tag(field, WireType.lengthDelimited);
    this.varint(end - start);
    this.raw(bytes, start, end);
    return this;
  }

  /** Writes a length-delimited field with `text` in UTF-8. */
  stringField(field: number, text: string): this {
    this.open(field);
    const out = this.#out;
    out.reserve(text.length * 3);
    out.length += putText(out.bytes, out.length, text);
    this.close();
    return this;
  }

  /** Writes a field with a non-negative integer of at most 53 bits. */
  varintField(field: number, value: number): this {
    this.tag(field, WireType.varint);
    this.varint(value);
    return this;
  }

  /** Writes a field with a 64-bit integer, signed or unsigned, as a varint. */
  bigIntField(field: number, value: bigint): this {
    this.tag(field, WireType.varint);
    this.varintBigInt(value);
    return this;
  }

  /** Writes a field with a signed 32-bit integer in zigzag encoding. */
  sint32Field(field: number, value: number): this {
    this.tag(field, WireType.varint);
    this.varintSint32(value);
    return this;
  }

  /** Writes a field with four little-endian bytes. */
  fixed32Field(field: number, value: number): this {
    this.tag(field, WireType.fixed32);
    this.fixed32(value);
    return this;
  }

  /** Writes a field with a 64-bit integer, signed or unsigned, as eight little-endian bytes. */
  fixed64Field(field: number, value: bigint): this {
    this.tag(field, WireType.fixed64);
    this.fixed64BigInt(value);
    return this;
  }

  /** Writes a field with a little-endian double. */
  doubleField(field: number, value: number): this {
    this.tag(field, WireType.fixed64);
    this.double(value);
    return this;
  }

  /** Writes a nested message whose fields are written by `write`. */
  message(field: number, write: (writer: this) => void): this {
    this.open(field);
    write(this);
    this.close();
    return this;
  }

  /** Opens a nested message: everything written until `close` is the payload of the length-delimited field `field`. */
  open(field: number): void {
    this.tag(field, WireType.lengthDelimited);
    const out = this.#out;
    // One byte is reserved for the length. `close` moves the payload if the length needs more.
    out.reserve(1);
    out.length += 1;
    this.#open.push(out.length);
  }

  /** Closes the innermost open message. */
  close(): void {
    const start = this.#open.pop();
    if (start === undefined) throw new Error('close() without open()');
    this.#out.close(start);
  }
}
