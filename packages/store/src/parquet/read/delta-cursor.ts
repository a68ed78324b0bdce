import { BLOCK, MINI_BLOCK, unpack } from './delta-bits.ts';

/**
 * Reads 64-bit integers in DELTA_BINARY_PACKED encoding, which `writeDeltas` writes. Positions must not decrease. Sums
 * of deltas are computed per block as numbers where they are exact.
 */
export class DeltaCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  /** Index of the block's first delta, which leads to the value after it. */
  #blockStart = 0;
  /** Value before the block's first delta. */
  #base: bigint;
  #minimum = 0n;
  readonly #packed = new Float64Array(BLOCK);
  /** Sums of the packed deltas up to and including each one, if they are exact as numbers. */
  readonly #sums = new Float64Array(BLOCK);
  #isExact = true;
  #isRead = false;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
    return BigInt.asIntN(64, this.#base + this.#minimum * BigInt(index + 1) + this.#sumTo(index));
  }

  #nextBlock(): void {
    if (this.#isRead) {
      this.#base += this.#minimum * BigInt(BLOCK) + this.#sumTo(BLOCK - 1);
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
      if (this.#at + width * 4 > this.#bytes.length) throw new RangeError('the encoded values end too early');
      unpack(this.#view, this.#at, width, this.#packed, mini * MINI_BLOCK);
      widest = Math.max(widest, width);
      this.#at += width * 4;
    }
    this.#isExact = widest <= 45;
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) {
      sum += this.#packed[i];
      this.#sums[i] = sum;
    }
  }

  /** Returns the sum of the packed deltas of the block up to and including one. */
  #sumTo(index: number): bigint {
    if (this.#isExact) return BigInt(this.#sums[index]);
    let sum = 0n;
    for (let i = 0; i <= index; i++) sum += BigInt(this.#packed[i]);
    return sum;
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
