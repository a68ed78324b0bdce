import { ByteWriter } from '../../parquet/byte-writer.ts';

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

/** Writes protobuf fields. Those for scalars write also zeros; leaving them out is the caller's choice. */
export class ProtoWriter extends ByteWriter {
  /** Writes a length-delimited field. */
  raw(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.append(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.raw(field, Buffer.from(value));
  }

  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter(64);
    write(inner);
    return this.raw(field, inner.view());
  }

  /** Writes an unsigned varint below 2^53. */
  number(field: number, value: number): this {
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  /** Writes an int32, int64 or enumeration; negative numbers take ten bytes. */
  integer(field: number, value: bigint): this {
    this.varint(field * 8);
    this.varint64(value);
    return this;
  }

  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  /** Writes a sint32. */
  zigzag(field: number, value: number): this {
    return this.number(field, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  fixed64(field: number, value: bigint): this {
    this.varint(field * 8 + 1);
    this.word64(value);
    return this;
  }

  word64(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.uint32(Number(bits & 0xffff_ffffn));
    this.uint32(Number(bits >> 32n));
  }

  double(field: number, value: number): this {
    this.varint(field * 8 + 1);
    this.doubleWord(value);
    return this;
  }

  doubleWord(value: number): void {
    double[0] = value;
    this.append(doubleBytes);
  }

  fixed32(field: number, value: number): this {
    this.varint(field * 8 + 5);
    this.uint32(value);
    return this;
  }
}
