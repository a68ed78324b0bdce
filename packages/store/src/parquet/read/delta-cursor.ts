const MINI_BLOCK = 32;
const BLOCK = 128;

/**
 * Reads 64-bit integers in DELTA_BINARY_PACKED encoding, which `writeDeltas` writes. Positions must not decrease. Sums
 * of deltas are computed per block as numbers where they are exact.
 */
export class DeltaCursor {
  readonly #bytes: Uint8Array;
  #at: number;
  /** Index of the block's first delta, which leads to the value after it. */
  #blockStart = 0;
  /** Value before the block's first delta. */
  #base: bigint;
  #minimum = 0n;
  readonly #packed = new Float64Array(BLOCK);
  /** Sums of the packed deltas up to and including each one. */
  readonly #sums = new Array<bigint | number>(BLOCK).fill(0);
  #isRead = false;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
    if (this.#varint() !== BigInt(BLOCK) || this.#varint() !== BigInt(BLOCK / MINI_BLOCK)) {
      throw new RangeError('unknown block size of encoded deltas');
    }
    this.#varint();
    this.#base = this.#zigzag();
  }

  at(position: number): bigint {
    if (position === 0 && !this.#isRead) return this.#base;
    while (!this.#isRead || position - 1 >= this.#blockStart + BLOCK) this.#nextBlock();
    if (position === this.#blockStart) return this.#base;
    const index = position - 1 - this.#blockStart;
    return BigInt.asIntN(64, this.#base + this.#minimum * BigInt(index + 1) + BigInt(this.#sums[index] ?? 0));
  }

  #nextBlock(): void {
    if (this.#isRead) {
      this.#base += this.#minimum * BigInt(BLOCK) + BigInt(this.#sums[BLOCK - 1] ?? 0);
      this.#blockStart += BLOCK;
    }
    if (this.#at >= this.#bytes.length) throw new RangeError('the encoded values end too early');
    this.#isRead = true;
    this.#minimum = this.#zigzag();
    const widths = this.#bytes.subarray(this.#at, this.#at + BLOCK / MINI_BLOCK);
    this.#at += widths.length;
    let widest = 0;
    this.#packed.fill(0);
    for (let mini = 0; mini < widths.length && this.#at < this.#bytes.length; mini++) {
      const width = widths[mini];
      this.#unpack(mini * MINI_BLOCK, width);
      widest = Math.max(widest, width);
      this.#at += width * 4;
    }
    const isExact = widest <= 45;
    let sum = 0;
    let exact = 0n;
    for (let i = 0; i < BLOCK; i++) {
      if (isExact) {
        sum += this.#packed[i];
        this.#sums[i] = sum;
      } else {
        exact += BigInt(this.#packed[i]);
        this.#sums[i] = exact;
      }
    }
  }

  #unpack(first: number, width: number): void {
    if (width === 0) return;
    const bytes = this.#bytes;
    for (let i = 0; i < MINI_BLOCK; i++) {
      const bit = i * width;
      let at = this.#at + (bit >>> 3);
      let value = bytes[at++] >>> (bit & 7);
      let have = 8 - (bit & 7);
      if (width < have) value &= 2 ** width - 1;
      // No bits beyond the width, with which a sum could exceed 2^53.
      for (; have < width; have += 8) value += (bytes[at++] & (2 ** Math.min(8, width - have) - 1)) * 2 ** have;
      this.#packed[first + i] = value;
    }
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
