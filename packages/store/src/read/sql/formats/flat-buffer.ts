/** Field values of a FlatBuffers table, by field number. */
export type TableField =
  | { readonly type: 'int8' | 'int16' | 'int32'; readonly value: number }
  | { readonly type: 'int64'; readonly value: number }
  /** The position of a table, string or vector that was written before. */
  | { readonly type: 'offset'; readonly value: number };

const SIZES = { int8: 1, int16: 2, int32: 4, int64: 8, offset: 4 } as const;

/**
 * Writes a FlatBuffer, from its end to its start: what a table refers to is written before it. Positions are counted from
 * the end.
 */
export class FlatBufferWriter {
  #bytes = Buffer.alloc(1024);
  #used = 0;
  #alignment = 8;

  /** Writes text and returns its position. */
  text(text: string): number {
    const bytes = Buffer.from(text);
    this.#prepare(4, bytes.length + 1);
    this.#put(1, (at) => this.#bytes.writeUInt8(0, at));
    this.#used += bytes.length;
    this.#grow(0);
    bytes.copy(this.#bytes, this.#bytes.length - this.#used);
    this.#put(4, (at) => this.#bytes.writeUInt32LE(bytes.length, at));
    return this.#used;
  }

  /** Writes a vector of references and returns its position. */
  offsets(positions: readonly number[]): number {
    this.#prepare(4, positions.length * 4);
    for (const position of positions.toReversed()) this.#offset(position);
    this.#put(4, (at) => this.#bytes.writeUInt32LE(positions.length, at));
    return this.#used;
  }

  /** Writes a vector of structs of two 64-bit integers and returns its position. */
  pairs(pairs: readonly (readonly [number, number])[]): number {
    this.#prepare(8, pairs.length * 16);
    for (const pair of pairs.toReversed()) {
      for (const value of [pair[1], pair[0]]) {
        this.#put(8, (at) => this.#bytes.writeBigInt64LE(BigInt(value), at));
      }
    }
    this.#put(4, (at) => this.#bytes.writeUInt32LE(pairs.length, at));
    return this.#used;
  }

  /** Writes a table and returns its position. Absent fields have their default. */
  table(fields: readonly (TableField | undefined)[]): number {
    const end = this.#used;
    const places: number[] = [];
    // Large fields first, so that little padding is needed.
    const order = [...fields.keys()].sort((a, b) => sizeOf(fields[b]) - sizeOf(fields[a]));
    for (const index of order) {
      const field = fields[index];
      if (field === undefined) continue;
      this.#prepare(SIZES[field.type], 0);
      this.#field(field);
      places[index] = this.#used;
    }
    this.#prepare(4, 0);
    const vtable = fields.length * 2 + 4;
    // The vtable is in front of the table.
    this.#put(4, (at) => this.#bytes.writeInt32LE(vtable + (this.#isOdd(vtable) ? 2 : 0), at));
    const start = this.#used;
    if (this.#isOdd(vtable)) this.#put(2, (at) => this.#bytes.writeUInt16LE(0, at));
    for (let index = fields.length - 1; index >= 0; index--) {
      const place = places[index];
      this.#put(2, (at) => this.#bytes.writeUInt16LE(place === undefined ? 0 : start - place, at));
    }
    this.#put(2, (at) => this.#bytes.writeUInt16LE(start - end, at));
    this.#put(2, (at) => this.#bytes.writeUInt16LE(vtable, at));
    return start;
  }

  /** Ends the buffer with the reference to its root table, and returns its bytes, a multiple of eight. */
  finish(root: number): Buffer {
    this.#prepare(this.#alignment, 4);
    this.#offset(root);
    return this.#bytes.subarray(this.#bytes.length - this.#used);
  }

  #isOdd(vtable: number): boolean {
    return vtable % 4 !== 0;
  }

  #field({ type, value }: TableField): void {
    switch (type) {
      case 'int8':
        this.#put(1, (at) => this.#bytes.writeInt8(value, at));
        return;
      case 'int16':
        this.#put(2, (at) => this.#bytes.writeInt16LE(value, at));
        return;
      case 'int32':
        this.#put(4, (at) => this.#bytes.writeInt32LE(value, at));
        return;
      case 'int64':
        this.#put(8, (at) => this.#bytes.writeBigInt64LE(BigInt(value), at));
        return;
      case 'offset':
        this.#offset(value);
        return;
    }
  }

  #offset(position: number): void {
    this.#put(4, (at) => this.#bytes.writeUInt32LE(this.#used - position, at));
  }

  /** Pads so that a value of `size` bytes is aligned after `more` bytes were written. */
  #prepare(size: number, more: number): void {
    const padding = -(this.#used + more) & (size - 1);
    this.#grow(padding + more + size);
    this.#bytes.fill(0, this.#bytes.length - this.#used - padding, this.#bytes.length - this.#used);
    this.#used += padding;
  }

  #put(size: number, write: (at: number) => void): void {
    this.#grow(size);
    this.#used += size;
    write(this.#bytes.length - this.#used);
  }

  #grow(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#used + more));
    this.#bytes.copy(larger, larger.length - this.#bytes.length);
    this.#bytes = larger;
  }
}

function sizeOf(field: TableField | undefined): number {
  return field === undefined ? 0 : SIZES[field.type];
}
