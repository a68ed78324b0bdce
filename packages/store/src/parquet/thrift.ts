import { ByteWriter } from './byte-writer.ts';

/** Element types of the Thrift compact protocol (thrift-compact-protocol.md). */
const TYPE = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** Writes structs in the Thrift compact protocol: fields in ascending order, nested structs through callbacks. */
export class ThriftWriter {
  readonly #out: ByteWriter;
  #lastField = 0;

  constructor(capacity = 4096) {
    this.#out = new ByteWriter(capacity);
  }

  bool(field: number, value: boolean): void {
    this.#header(field, value ? TYPE.true : TYPE.false);
  }

  i8(field: number, value: number): void {
    this.#header(field, TYPE.byte);
    this.#out.byte(value);
  }

  i32(field: number, value: number): void {
    this.#header(field, TYPE.i32);
    this.#zigzag(value);
  }

  /** Writes a 64-bit field whose value is a safe integer. */
  i64(field: number, value: number): void {
    this.#header(field, TYPE.i64);
    this.#zigzag(value);
  }

  binary(field: number, value: Uint8Array): void {
    this.#header(field, TYPE.binary);
    this.#bytes(value);
  }

  text(field: number, value: string): void {
    this.binary(field, Buffer.from(value));
  }

  struct(field: number, write: () => void): void {
    this.#header(field, TYPE.struct);
    this.#nested(write);
  }

  structs<T>(field: number, items: readonly T[], write: (item: T) => void): void {
    this.#list(field, TYPE.struct, items.length);
    for (const item of items) this.#nested(() => write(item));
  }

  i32s(field: number, items: readonly number[]): void {
    this.#list(field, TYPE.i32, items.length);
    for (const item of items) this.#zigzag(item);
  }

  texts(field: number, items: readonly string[]): void {
    this.#list(field, TYPE.binary, items.length);
    for (const item of items) this.#bytes(Buffer.from(item));
  }

  /** Ends the outermost struct and returns its bytes. */
  finish(): Uint8Array {
    this.#out.byte(0);
    return this.#out.take();
  }

  #nested(write: () => void): void {
    const outer = this.#lastField;
    this.#lastField = 0;
    write();
    this.#out.byte(0);
    this.#lastField = outer;
  }

  #list(field: number, type: number, length: number): void {
    this.#header(field, TYPE.list);
    if (length < 15) {
      this.#out.byte((length << 4) | type);
    } else {
      this.#out.byte(0xf0 | type);
      this.#out.varint(length);
    }
  }

  #header(field: number, type: number): void {
    const delta = field - this.#lastField;
    this.#lastField = field;
    if (delta > 0 && delta < 16) {
      this.#out.byte((delta << 4) | type);
    } else {
      this.#out.byte(type);
      this.#zigzag(field);
    }
  }

  #zigzag(value: number): void {
    this.#out.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  #bytes(value: Uint8Array): void {
    this.#out.varint(value.length);
    this.#out.append(value);
  }
}
