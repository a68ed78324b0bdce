import { BLOCK, MINI_BLOCK, unpack } from './delta-bits.ts';

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
      unpack(view, body, width, packed, mini * MINI_BLOCK);
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
