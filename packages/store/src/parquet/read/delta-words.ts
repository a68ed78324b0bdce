const MINI_BLOCK = 32;
const BLOCK = 128;
const WORD = 2 ** 32;
const PER_WORD = 1 / WORD;
/** Size of deltas up to which the sum of a block of them is exact as a double. */
const SMALL_BITS = 44;

const packed = new Float64Array(BLOCK);

/**
 * Decodes all values of a page in DELTA_BINARY_PACKED encoding, which `writeDeltas` writes, to little-endian word pairs
 * in `into` from the value `at` on.
 */
export function decodeDeltas(bytes: Uint8Array, from: number, count: number, into: Uint32Array, at: number): void {
  const reader = new VarintReader(bytes, from);
  if (reader.varint() !== BigInt(BLOCK) || reader.varint() !== BigInt(BLOCK / MINI_BLOCK)) {
    throw new RangeError('unknown block size of encoded deltas');
  }
  if (reader.varint() < BigInt(count)) throw new RangeError('a page has too few values');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = reader.zigzag();
  let low = Number(BigInt.asUintN(32, first));
  let high = Number(BigInt.asIntN(32, first >> 32n));
  let next = at * 2;
  const end = (at + count) * 2;
  if (count > 0) {
    into[next++] = low;
    into[next++] = high;
  }
  while (next < end) {
    const minimum = Number(reader.zigzag());
    let body = reader.at + BLOCK / MINI_BLOCK;
    let widest = 0;
    for (let mini = 0; mini < BLOCK / MINI_BLOCK && next + mini * MINI_BLOCK * 2 < end; mini++) {
      const width = bytes[reader.at + mini];
      if (body + width * 4 > bytes.length) throw new RangeError('the encoded values end too early');
      unpack(view, body, width, mini * MINI_BLOCK);
      if (width > widest) widest = width;
      body += width * 4;
    }
    reader.at = body;
    const last = Math.min(end, next + BLOCK * 2);
    if (widest <= SMALL_BITS && Math.abs(minimum) < 2 ** SMALL_BITS) addSmall(into, next, last, minimum, low, high);
    else addLarge(into, next, last, minimum, low, high);
    next = last;
    low = into[next - 2];
    high = into[next - 1] | 0;
  }
}

/** Writes values after one with a lower and an upper word. The sum of a block's deltas is exact. */
function addSmall(
  into: Uint32Array,
  from: number,
  end: number,
  minimum: number,
  lowBefore: number,
  highBefore: number,
): void {
  // The upper word is not part of the sum, so that the next value does not wait for it.
  let sum = lowBefore;
  for (let i = 0, next = from; next < end; i++, next += 2) {
    sum += minimum + packed[i];
    const upper = Math.floor(sum * PER_WORD);
    into[next] = sum - upper * WORD;
    into[next + 1] = highBefore + upper;
  }
}

/** Like `addSmall`, for deltas of any size. */
function addLarge(
  into: Uint32Array,
  from: number,
  end: number,
  minimum: number,
  lowBefore: number,
  highBefore: number,
): void {
  let low = lowBefore;
  let high = highBefore;
  for (let i = 0, next = from; next < end; i++, next += 2) {
    // The delta is exact, the sum may not be.
    const upper = Math.floor((minimum + packed[i]) * PER_WORD);
    low += minimum + packed[i] - upper * WORD;
    high += upper;
    if (low >= WORD) {
      low -= WORD;
      high += 1;
    }
    // Sums wrap around as 64-bit integers do.
    high |= 0;
    into[next] = low;
    into[next + 1] = high;
  }
}

/** Unpacks 32 numbers to `packed`. */
function unpack(view: DataView, from: number, width: number, into: number): void {
  if (width === 0) packed.fill(0, into, into + MINI_BLOCK);
  // Words of four bytes may end after the last number.
  else if (from + width * 4 + 8 > view.byteLength) unpackLast(view, from, width, into);
  else if (width <= 25) {
    const mask = 2 ** width - 1;
    for (let i = into, bit = 0; i < into + MINI_BLOCK; i++, bit += width) {
      packed[i] = (view.getInt32(from + (bit >>> 3), true) >>> (bit & 7)) & mask;
    }
  } else if (width <= 32) {
    const mask = width === 32 ? 0xffff_ffff : 2 ** width - 1;
    for (let i = into, bit = 0; i < into + MINI_BLOCK; i++, bit += width) {
      packed[i] = (wordAt(view, from + (bit >>> 3), bit & 7) & mask) >>> 0;
    }
  } else {
    const mask = width === 64 ? 0xffff_ffff : 2 ** (width - 32) - 1;
    for (let i = into, bit = 0; i < into + MINI_BLOCK; i++, bit += width) {
      const at = from + (bit >>> 3);
      const low = wordAt(view, at, bit & 7) >>> 0;
      // No bits beyond the width, with which a sum could be inexact.
      packed[i] = low + ((wordAt(view, at + 4, bit & 7) & mask) >>> 0) * WORD;
    }
  }
}

const padded = new DataView(new ArrayBuffer(MINI_BLOCK * 8 + 8));

/** Unpacks the last numbers of a page from a copy. */
function unpackLast(view: DataView, from: number, width: number, into: number): void {
  for (let i = 0; i < width * 4; i++) padded.setUint8(i, view.getUint8(from + i));
  unpack(padded, 0, width, into);
}

/** Returns the 32 bits from a bit of a byte on. */
function wordAt(view: DataView, at: number, shift: number): number {
  // A shift by 32 would be one by 0.
  return (view.getInt32(at, true) >>> shift) | ((view.getUint8(at + 4) << (31 - shift)) << 1);
}

/** Reads varints of up to 64 bits. */
class VarintReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  zigzag(): bigint {
    const value = this.varint();
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }

  varint(): bigint {
    // Most minima have few digits; a bigint is created only at the end.
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw new RangeError('the encoded values end too early');
    return this.#bytes[this.at++];
  }
}
