import { readString } from '@otelier/otlp';
import { ThriftError } from './thrift-error.ts';

/** The types of values in Thrift, by their numbers in the binary protocol. */
export const ThriftType = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

/** The head of a message: the name of the method that it calls. */
export interface ThriftMessage {
  readonly name: string;
}

/** Maximum nesting of structs, lists and maps, as in the Thrift library for Go. */
const MAX_DEPTH = 64;

/**
 * Reads values of a Thrift protocol in order. All reads are bounded by the bytes: a length beyond the end, and nesting
 * beyond 64 levels, throws a `ThriftError`.
 */
export abstract class ThriftReader {
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;
  /** Offset of the next value. */
  protected at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    // Parts of a plain array are cheaper than those of a `Buffer`.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Reads the head of a message. */
  abstract message(): ThriftMessage;
  abstract bool(): boolean;
  abstract i16(): number;
  abstract i32(): number;
  abstract i64(): bigint;
  abstract double(): number;
  /** Reads the length of a text or of bytes. */
  protected abstract length(): number;
  /** Reads the head of a field and returns its type, and its ID in `fieldId`. */
  protected abstract fieldHead(): number;
  /** Reads the head of a list or set: the size is returned, and the type of elements in `elementType`. */
  protected abstract listHead(): number;
  /** Reads the head of a map: the size is returned, the types in `elementType` and `valueType`. */
  protected abstract mapHead(): number;
  /** Called before and after the fields of a struct, whose IDs can depend on each other. */
  protected abstract enterStruct(): number;
  protected abstract leaveStruct(before: number): void;

  protected fieldId = 0;
  protected elementType: number = ThriftType.stop;
  protected valueType: number = ThriftType.stop;

  /** Reads bytes without copying. */
  binary(): Uint8Array {
    const length = this.length();
    this.need(length);
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** Reads a text in UTF-8. */
  text(): string {
    const { bytes } = this;
    const { length } = this.binary();
    return readString(bytes, this.at - length, this.at);
  }

  /**
   * Reads a struct. `onField` reads the value of a field and returns `true`, or returns `false` for one that it does not
   * know, which is skipped.
   */
  struct(onField: (id: number, type: number) => boolean): void {
    this.#enter();
    const before = this.enterStruct();
    for (;;) {
      const type = this.fieldHead();
      if (type === ThriftType.stop) break;
      const id = this.fieldId;
      if (!onField(id, type)) this.skip(type);
    }
    this.leaveStruct(before);
    this.#depth -= 1;
  }

  /** Reads a list or a set. `onElement` reads one element of the given type. */
  list(onElement: (type: number) => void): void {
    this.#enter();
    const size = this.listHead();
    const type = this.elementType;
    this.#needElements(size);
    for (let index = 0; index < size; index++) onElement(type);
    this.#depth -= 1;
  }

  /** Reads past a value of a type. */
  skip(type: number): void {
    switch (type) {
      case ThriftType.bool:
        this.bool();
        return;
      case ThriftType.byte:
        this.need(1);
        this.at += 1;
        return;
      case ThriftType.double:
        this.double();
        return;
      case ThriftType.i16:
        this.i16();
        return;
      case ThriftType.i32:
        this.i32();
        return;
      case ThriftType.i64:
        this.i64();
        return;
      case ThriftType.string:
        this.binary();
        return;
      case ThriftType.struct:
        this.struct(() => false);
        return;
      case ThriftType.map:
        this.#skipMap();
        return;
      case ThriftType.set:
      case ThriftType.list:
        this.list((element) => this.skip(element));
        return;
      default:
        throw new ThriftError(`expected a type of Thrift, got ${type}`, this.at);
    }
  }

  /** Throws unless this many bytes are left. */
  protected need(count: number): void {
    if (count >= 0 && count <= this.bytes.length - this.at) return;
    throw new ThriftError(`expected ${count} bytes, got ${this.bytes.length - this.at}`, this.at);
  }

  #skipMap(): void {
    this.#enter();
    const size = this.mapHead();
    const [key, value] = [this.elementType, this.valueType];
    this.#needElements(size);
    for (let index = 0; index < size; index++) {
      this.skip(key);
      this.skip(value);
    }
    this.#depth -= 1;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new ThriftError(`expected at most ${MAX_DEPTH} levels, got more`, this.at);
  }

  /** Every element has at least one byte. */
  #needElements(count: number): void {
    if (count >= 0 && count <= this.bytes.length - this.at) return;
    throw new ThriftError(`expected ${count} elements, got ${this.bytes.length - this.at} bytes`, this.at);
  }
}
