import { ThriftError } from './thrift-error.ts';
import { type ThriftMessage, ThriftReader } from './thrift-reader.ts';

const VERSION_1 = 0x8001;

/** Reads the binary protocol of Thrift. */
export class BinaryReader extends ThriftReader {
  message(): ThriftMessage {
    this.need(4);
    const isStrict = this.view.getInt32(this.at) < 0;
    if (!isStrict) {
      const name = this.text();
      this.need(5);
      this.at += 5;
      return { name };
    }
    const version = this.view.getUint16(this.at);
    if (version !== VERSION_1) throw new ThriftError(`expected version 1 of the binary protocol, got ${version}`, 0);
    this.at += 4;
    const name = this.text();
    this.i32();
    return { name };
  }

  bool(): boolean {
    return this.#byte() === 1;
  }

  i16(): number {
    this.need(2);
    const value = this.view.getInt16(this.at);
    this.at += 2;
    return value;
  }

  i32(): number {
    this.need(4);
    const value = this.view.getInt32(this.at);
    this.at += 4;
    return value;
  }

  i64(): bigint {
    this.need(8);
    const value = this.view.getBigInt64(this.at);
    this.at += 8;
    return value;
  }

  double(): number {
    this.need(8);
    const value = this.view.getFloat64(this.at);
    this.at += 8;
    return value;
  }

  protected length(): number {
    return this.i32();
  }

  protected fieldHead(): number {
    const type = this.#byte();
    if (type !== 0) this.fieldId = this.i16();
    return type;
  }

  protected listHead(): number {
    this.elementType = this.#byte();
    return this.i32();
  }

  protected mapHead(): number {
    this.elementType = this.#byte();
    this.valueType = this.#byte();
    return this.i32();
  }

  protected enterStruct(): number {
    return 0;
  }

  protected leaveStruct(): void {}

  #byte(): number {
    this.need(1);
    const value = this.view.getUint8(this.at);
    this.at += 1;
    return value;
  }
}
