/** Writes values of a Thrift protocol, for tests. */
export interface ThriftWriter {
  message(name: string): void;
  struct(fields: readonly ThriftField[]): void;
  bytes(): Uint8Array;
}

/** A field of a struct. */
export type ThriftField = readonly [id: number, value: ThriftValue | undefined];

/** A value with its type. */
export type ThriftValue =
  | { readonly bool: boolean }
  | { readonly i16: number }
  | { readonly i32: number }
  | { readonly i64: bigint }
  | { readonly double: number }
  | { readonly binary: Uint8Array | string }
  | { readonly struct: readonly ThriftField[] }
  | { readonly list: readonly ThriftValue[] };

const BINARY_TYPES = { bool: 2, double: 4, i16: 6, i32: 8, i64: 10, binary: 11, struct: 12, list: 15 } as const;
const COMPACT_TYPES = { bool: 1, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, struct: 12 } as const;

type Kind = keyof typeof BINARY_TYPES;

function kindOf(value: ThriftValue): Kind {
  return Object.keys(value)[0] as Kind;
}

/** Writes the binary protocol. */
export class BinaryWriter implements ThriftWriter {
  readonly #chunks: Uint8Array[] = [];

  message(name: string): void {
    this.#i32(-0x7fff_0000 + 4);
    this.#value({ binary: name });
    this.#i32(1);
  }

  struct(fields: readonly ThriftField[]): void {
    for (const [id, value] of fields) {
      if (value === undefined) continue;
      this.#byte(BINARY_TYPES[kindOf(value)]);
      this.#i16(id);
      this.#value(value);
    }
    this.#byte(0);
  }

  list(elements: readonly ThriftValue[]): void {
    this.#byte(BINARY_TYPES[elements[0] === undefined ? 'struct' : kindOf(elements[0])]);
    this.#i32(elements.length);
    for (const element of elements) this.#value(element);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  #value(value: ThriftValue): void {
    if ('bool' in value) this.#byte(value.bool ? 1 : 0);
    else if ('i16' in value) this.#i16(value.i16);
    else if ('i32' in value) this.#i32(value.i32);
    else if ('i64' in value) this.#write(8, (view) => view.setBigInt64(0, value.i64));
    else if ('double' in value) this.#write(8, (view) => view.setFloat64(0, value.double));
    else if ('struct' in value) this.struct(value.struct);
    else if ('list' in value) this.list(value.list);
    else {
      const bytes = Buffer.from(value.binary);
      this.#i32(bytes.length);
      this.#chunks.push(bytes);
    }
  }

  #byte(value: number): void {
    this.#write(1, (view) => view.setUint8(0, value));
  }

  #i16(value: number): void {
    this.#write(2, (view) => view.setInt16(0, value));
  }

  #i32(value: number): void {
    this.#write(4, (view) => view.setInt32(0, value));
  }

  #write(size: number, set: (view: DataView) => void): void {
    const bytes = new Uint8Array(size);
    set(new DataView(bytes.buffer));
    this.#chunks.push(bytes);
  }
}

/** Writes the compact protocol. */
export class CompactWriter implements ThriftWriter {
  readonly #out: number[] = [];

  message(name: string): void {
    this.#out.push(0x82, 0x81);
    this.#varint(1n);
    this.#value({ binary: name });
  }

  struct(fields: readonly ThriftField[]): void {
    let last = 0;
    for (const [id, value] of fields) {
      if (value === undefined) continue;
      const type = 'bool' in value ? (value.bool ? 1 : 2) : COMPACT_TYPES[kindOf(value)];
      const delta = id - last;
      if (delta > 0 && delta < 16) this.#out.push((delta << 4) | type);
      else {
        this.#out.push(type);
        this.#zigzag(BigInt(id));
      }
      last = id;
      if (!('bool' in value)) this.#value(value);
    }
    this.#out.push(0);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#out);
  }

  #list(elements: readonly ThriftValue[]): void {
    const type = COMPACT_TYPES[elements[0] === undefined ? 'struct' : kindOf(elements[0])];
    if (elements.length < 15) this.#out.push((elements.length << 4) | type);
    else {
      this.#out.push(0xf0 | type);
      this.#varint(BigInt(elements.length));
    }
    for (const element of elements) this.#value(element);
  }

  #value(value: ThriftValue): void {
    if ('bool' in value) this.#out.push(value.bool ? 1 : 2);
    else if ('i16' in value) this.#zigzag(BigInt(value.i16));
    else if ('i32' in value) this.#zigzag(BigInt(value.i32));
    else if ('i64' in value) this.#zigzag(value.i64);
    else if ('double' in value) {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value.double);
      this.#out.push(...bytes);
    } else if ('struct' in value) this.struct(value.struct);
    else if ('list' in value) this.#list(value.list);
    else {
      const bytes = Buffer.from(value.binary);
      this.#varint(BigInt(bytes.length));
      this.#out.push(...bytes);
    }
  }

  #zigzag(value: bigint): void {
    this.#varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  #varint(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.#out.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.#out.push(Number(rest));
  }
}
