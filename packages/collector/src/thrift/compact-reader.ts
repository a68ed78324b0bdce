import { readVarintHigh, readVarintLow } from '@otelier/otlp';
import { ThriftError } from './thrift-error.ts';
import { type ThriftMessage, ThriftReader, ThriftType } from './thrift-reader.ts';

const PROTOCOL_ID = 0x82;
const VERSION = 1;

/** The types of the compact protocol as those of the binary one. 1 and 2 are `true` and `false`. */
const TYPES: readonly number[] = [
  ThriftType.stop,
  ThriftType.bool,
  ThriftType.bool,
  ThriftType.byte,
  ThriftType.i16,
  ThriftType.i32,
  ThriftType.i64,
  ThriftType.double,
  ThriftType.string,
  ThriftType.list,
  ThriftType.set,
  ThriftType.map,
  ThriftType.struct,
];
const TRUE = 1;
const FALSE = 2;

/** Reads the compact protocol of Thrift. */
export class CompactReader extends ThriftReader {
  #lastField = 0;
  /** The value of a Boolean field, which is part of its head. */
  #headBool: boolean | undefined;

  message(): ThriftMessage {
    const id = this.#byte();
    if (id !== PROTOCOL_ID) throw new ThriftError(`expected the compact protocol (130), got ${id}`, 0);
    const version = this.#byte() & 31;
    if (version !== VERSION) throw new ThriftError(`expected version 1 of the compact protocol, got ${version}`, 1);
    this.#varint();
    return { name: this.text() };
  }

  bool(): boolean {
    const fromHead = this.#headBool;
    if (fromHead === undefined) return this.#byte() === TRUE;
    this.#headBool = undefined;
    return fromHead;
  }

  i16(): number {
    return (this.i32() << 16) >> 16;
  }

  i32(): number {
    const value = this.#varint();
    return (value >>> 1) ^ -(value & 1);
  }

  i64(): bigint {
    const start = this.at;
    this.#skipVarint(10);
    const low = readVarintLow(this.bytes, start);
    const high = readVarintHigh(this.bytes, start);
    const value = (BigInt(high) << 32n) | BigInt(low);
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }

  double(): number {
    this.need(8);
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  protected length(): number {
    return this.#varint();
  }

  protected fieldHead(): number {
    const head = this.#byte();
    if (head === 0) return ThriftType.stop;
    const delta = head >> 4;
    this.#lastField = delta === 0 ? this.i16() : this.#lastField + delta;
    this.fieldId = this.#lastField;
    const type = head & 15;
    this.#headBool = type === TRUE || type === FALSE ? type === TRUE : undefined;
    return this.#typeOf(type);
  }

  protected listHead(): number {
    const head = this.#byte();
    this.elementType = this.#typeOf(head & 15);
    const size = head >> 4;
    return size === 15 ? this.#varint() : size;
  }

  protected mapHead(): number {
    const size = this.#varint();
    const types = size === 0 ? 0 : this.#byte();
    this.elementType = this.#typeOf(types >> 4);
    this.valueType = this.#typeOf(types & 15);
    return size;
  }

  /** The IDs of fields are relative to the field before, in the same struct. */
  protected enterStruct(): number {
    const before = this.#lastField;
    this.#lastField = 0;
    return before;
  }

  protected leaveStruct(before: number): void {
    this.#lastField = before;
  }

  #typeOf(type: number): number {
    const known = TYPES[type];
    if (known === undefined) throw new ThriftError(`expected a type of the compact protocol, got ${type}`, this.at);
    return known;
  }

  #byte(): number {
    this.need(1);
    const value = this.view.getUint8(this.at);
    this.at += 1;
    return value;
  }

  #varint(): number {
    const start = this.at;
    this.#skipVarint(5);
    return readVarintLow(this.bytes, start);
  }

  #skipVarint(maxBytes: number): void {
    for (let count = 0; count < maxBytes; count++) if (this.#byte() < 128) return;
    throw new ThriftError(`expected a number of at most ${maxBytes} bytes, got more`, this.at);
  }
}
