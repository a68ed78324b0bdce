/** Writes bits, most significant first, to a growing buffer. */
export class BitWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length: number;
  /** Unused bits of the last byte. */
  #free = 0;

  /** Creates a writer whose output begins with `headerBytes` zero bytes. */
  constructor(headerBytes: number) {
    this.#bytes = new Uint8Array(1024);
    this.#length = headerBytes;
  }

  /** Writes the lower `count` bits of a number, at most 32. */
  bits(value: number, count: number): void {
    for (let left = count; left > 0; ) {
      if (this.#free === 0) this.#addByte();
      const taken = Math.min(left, this.#free);
      const part = (value >>> (left - taken)) & ((1 << taken) - 1);
      this.#bytes[this.#length - 1] |= part << (this.#free - taken);
      this.#free -= taken;
      left -= taken;
    }
  }

  /** Writes the lower `count` bits of a 64-bit number, given as two halves. */
  bits64(high: number, low: number, count = 64): void {
    if (count > 32) this.bits(high, count - 32);
    this.bits(low, Math.min(count, 32));
  }

  /** Writes an integer in the variable-length encoding of bytes (LEB128). */
  varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bits((rest % 128) | 128, 8);
    this.bits(rest, 8);
  }

  /** Returns the written bytes, the first of which are those of the header. */
  finish(header: readonly number[]): Uint8Array {
    this.#bytes.set(header);
    return this.#bytes.slice(0, this.#length);
  }

  #addByte(): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length += 1;
    this.#free = 8;
  }
}

/** Returns the halves of a signed 64-bit integer. */
export function halvesOf(value: number): readonly [high: number, low: number] {
  return [Math.floor(value / 0x1_0000_0000) >>> 0, value >>> 0];
}
