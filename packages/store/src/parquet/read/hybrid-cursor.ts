/**
 * Reads values in Parquet's RLE/bit-packing hybrid encoding, which `writeHybrid` writes. Positions must not decrease.
 */
export class HybridCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #width: number;
  readonly #mask: number;
  #at: number;
  readonly #end: number;
  /** First position of the current run, and the first after it. */
  #from = 0;
  #to = 0;
  /** The value of a run of equal values, or the offset of packed values. */
  #value = 0;
  #isPacked = false;

  /** Creates a cursor over `bytes[from..to)`. `width` is at most 24 bits. */
  constructor(bytes: Uint8Array, from: number, to: number, width: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = to;
    this.#width = width;
    this.#mask = 2 ** width - 1;
  }

  /** Returns the value at a position. */
  at(position: number): number {
    while (position >= this.#to) this.#nextRun();
    return this.#isPacked ? this.#unpack(position - this.#from) : this.#value;
  }

  /** If all of `count` values from the current position on are in one run of equal values, returns that value. */
  equal(count: number): number | undefined {
    if (this.#to === 0 && count > 0) this.#nextRun();
    return !this.#isPacked && this.#from === 0 && this.#to >= count ? this.#value : undefined;
  }

  /** Calls `found` with each position below `count` whose value is in `wanted`. */
  find(count: number, wanted: Uint8Array, found: (position: number, value: number) => void): void {
    for (let position = 0; position < count; ) {
      while (position >= this.#to) this.#nextRun();
      const end = Math.min(this.#to, count);
      if (!this.#isPacked) {
        if (wanted[this.#value] !== 0) for (; position < end; position++) found(position, this.#value);
        position = end;
        continue;
      }
      for (; position < end; position++) {
        const value = this.#unpack(position - this.#from);
        if (wanted[value] !== 0) found(position, value);
      }
    }
  }

  /**
   * Writes the positions below `count` whose value has a nonzero element in `wanted`, plus `add`, to `into` from an index
   * on. Returns the index after the last one. No values may have been read before.
   */
  filterTo(into: Uint32Array, from: number, count: number, wanted: Uint8Array, add: number): number {
    let at = from;
    for (let position = 0; position < count; ) {
      while (position >= this.#to) this.#nextRun();
      const end = Math.min(this.#to, count);
      if (this.#isPacked) at = this.#filterPacked(into, at, position, end, wanted, add);
      else if (wanted[this.#value] !== 0) for (let i = position; i < end; i++) into[at++] = i + add;
      position = end;
    }
    return at;
  }

  #filterPacked(into: Uint32Array, from: number, first: number, end: number, wanted: Uint8Array, add: number): number {
    const view = this.#view;
    const width = this.#width;
    const mask = this.#mask;
    const start = this.#value;
    const inWords = Math.min(end, this.#endOfWords);
    let at = from;
    let position = first;
    for (let bit = (first - this.#from) * width; position < inWords; position++, bit += width) {
      // Without a branch: the next position replaces one that is not wanted.
      into[at] = position + add;
      at += wanted[(view.getInt32(start + (bit >>> 3), true) >>> (bit & 7)) & mask];
    }
    for (; position < end; position++) {
      into[at] = position + add;
      at += wanted[this.#unpack(position - this.#from)];
    }
    return at;
  }

  /**
   * Writes the first `count` values, plus `add`, to `into` from an index on. With `only`, ascending indices of `into`, other
   * values may be left out. No values may have been read before.
   */
  copyTo(into: Uint32Array, from: number, count: number, add: number, only?: Uint32Array): void {
    let next = 0;
    for (let position = 0; position < count; ) {
      while (position >= this.#to) this.#nextRun();
      const end = Math.min(this.#to, count);
      if (!this.#isPacked) into.fill(this.#value + add, from + position, from + end);
      else if (only === undefined) this.#copyPacked(into, from, position, end, add);
      else next = this.#copySome(into, from, end, add, only, next);
      position = end;
    }
  }

  #copyPacked(into: Uint32Array, from: number, first: number, end: number, add: number): void {
    const view = this.#view;
    const width = this.#width;
    const mask = this.#mask;
    const start = this.#value;
    const inWords = Math.min(end, this.#endOfWords);
    let position = first;
    for (let bit = (first - this.#from) * width; position < inWords; position++, bit += width) {
      into[from + position] = ((view.getInt32(start + (bit >>> 3), true) >>> (bit & 7)) & mask) + add;
    }
    for (; position < end; position++) into[from + position] = this.#unpack(position - this.#from) + add;
  }

  /** Copies the values of a packed run from the element `next` of `only` on. Returns the element after the last one. */
  #copySome(into: Uint32Array, from: number, end: number, add: number, only: Uint32Array, next: number): number {
    const base = from + this.#from;
    let index = next;
    while (index < only.length && only[index] < base) index++;
    for (; index < only.length && only[index] < from + end; index++) {
      const at = only[index];
      into[at] = this.#unpack(at - base) + add;
    }
    return index;
  }

  /** The first position of a packed run that cannot be read in a word of four bytes. */
  get #endOfWords(): number {
    const bits = (this.#bytes.length - 3 - this.#value) * 8;
    return bits <= 0 ? this.#from : this.#from + Math.ceil(bits / this.#width);
  }

  #unpack(index: number): number {
    const bit = index * this.#width;
    const at = this.#value + (bit >>> 3);
    if (at + 4 <= this.#view.byteLength) return (this.#view.getInt32(at, true) >>> (bit & 7)) & this.#mask;
    const bytes = this.#bytes;
    // Bytes beyond the end are undefined, which counts as 0.
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return (word >>> (bit & 7)) & this.#mask;
  }

  #nextRun(): void {
    if (this.#at >= this.#end) throw new RangeError('the encoded values end too early');
    let header = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      header += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    this.#from = this.#to;
    this.#isPacked = header % 2 === 1;
    const count = Math.floor(header / 2);
    if (this.#isPacked) {
      this.#value = this.#at;
      this.#at += count * this.#width;
      this.#to = this.#from + count * 8;
    } else {
      this.#value = 0;
      for (let bits = 0; bits < this.#width; bits += 8) this.#value |= this.#bytes[this.#at++] << bits;
      this.#to = this.#from + count;
    }
    if (this.#to === this.#from) throw new RangeError('an encoded run is empty');
  }
}
