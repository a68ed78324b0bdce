/**
 * A value read from the Thrift compact protocol without a schema. Structs are maps keyed by field number. Integers are
 * numbers, or `bigint` beyond the safe ones.
 */
export type ThriftValue =
  | boolean
  | bigint
  | number
  | Uint8Array
  | readonly ThriftValue[]
  | ReadonlyMap<number, ThriftValue>;

/** Reads the struct at the start of `bytes`. Supports all field types. */
export function readThriftStruct(bytes: Uint8Array): ReadonlyMap<number, ThriftValue> {
  return new ThriftReader(bytes).struct();
}

/** Reads the struct at the start of `bytes` and also returns its length. */
export function readThriftPrefix(bytes: Uint8Array): {
  readonly fields: ReadonlyMap<number, ThriftValue>;
  readonly length: number;
} {
  const reader = new ThriftReader(bytes);
  const fields = reader.struct();
  return { fields, length: reader.position };
}

class ThriftReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#at;
  }

  struct(): ReadonlyMap<number, ThriftValue> {
    const fields = new Map<number, ThriftValue>();
    let field = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) return fields;
      field = header >>> 4 === 0 ? Number(this.#zigzag()) : field + (header >>> 4);
      const type = header & 15;
      fields.set(field, type === 1 ? true : type === 2 ? false : this.#value(type));
    }
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return this.#byte() === 1;
      case 3:
        return this.#byte();
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7: {
        const at = this.#skip(8);
        return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8).getFloat64(0, true);
      }
      case 8: {
        const length = Number(this.#varint());
        const at = this.#skip(length);
        return this.#bytes.subarray(at, at + length);
      }
      case 9:
      case 10:
        return this.#list();
      case 12:
        return this.struct();
      default:
        throw new RangeError(`expected a Thrift type, got ${type}`);
    }
  }

  #list(): readonly ThriftValue[] {
    const header = this.#byte();
    const length = header >>> 4 === 15 ? Number(this.#varint()) : header >>> 4;
    return Array.from({ length }, () => this.#value(header & 15));
  }

  #zigzag(): number | bigint {
    const value = this.#varint();
    if (typeof value === 'bigint') return (value >> 1n) ^ -(value & 1n);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number | bigint {
    const start = this.#at;
    let value = 0;
    let scale = 1;
    // Seven bytes hold 49 bits.
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.#at = start;
    return this.#longVarint();
  }

  #longVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)];
  }

  #skip(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new RangeError('a Thrift value exceeds its bytes');
    return at;
  }
}
