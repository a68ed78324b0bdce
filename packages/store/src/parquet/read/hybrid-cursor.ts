/**
 * Reads values in Parquet's RLE/bit-packing hybrid encoding, which `writeHybrid` writes. Positions must not decrease.
 */
export class HybridCursor {
  readonly #bytes: Uint8Array;
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
   * Writes the first `count` values, plus `add`, to `into` from an index on. With `only`, which has an element per index of
   * `into`, values whose element is 0 may be left out. No values may have been read before.
   */
  copyTo(into: Uint32Array, from: number, count: number, add: number, only?: Uint8Array): void {
    for (let position = 0; position < count; ) {
      while (position >= this.#to) this.#nextRun();
      const end = Math.min(this.#to, count);
      if (!this.#isPacked) into.fill(this.#value + add, from + position, from + end);
      else if (only === undefined) this.#copyPacked(into, from, position, end, add);
      else this.#copySome(into, from, position, end, add, only);
      position = end;
    }
  }

  #copyPacked(into: Uint32Array, from: number, first: number, end: number, add: number): void {
    const bytes = this.#bytes;
    const width = this.#width;
    const mask = this.#mask;
    const start = this.#value;
    let bit = (first - this.#from) * width;
    for (let at = from + first; at < from + end; at++, bit += width) {
      const byte = start + (bit >>> 3);
      const word = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16) | (bytes[byte + 3] << 24);
      into[at] = ((word >>> (bit & 7)) & mask) + add;
    }
  }

  #copySome(into: Uint32Array, from: number, first: number, end: number, add: number, only: Uint8Array): void {
    const bytes = this.#bytes;
    const width = this.#width;
    const mask = this.#mask;
    const start = this.#value;
    const base = from + this.#from;
    for (let at = from + first; at < from + end; at++) {
      if (only[at] === 0) continue;
      const bit = (at - base) * width;
      const byte = start + (bit >>> 3);
      const word = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16) | (bytes[byte + 3] << 24);
      into[at] = ((word >>> (bit & 7)) & mask) + add;
    }
  }

  #unpack(index: number): number {
    const bit = index * this.#width;
    const at = this.#value + (bit >>> 3);
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
