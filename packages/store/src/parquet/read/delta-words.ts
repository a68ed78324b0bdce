const MINI_BLOCK = 32;
const BLOCK = 128;
const WORD = 2 ** 32;
const EXACT = 2 ** 52;

const packed = new Float64Array(MINI_BLOCK);

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
    for (let mini = 0; mini < BLOCK / MINI_BLOCK && next < end; mini++) {
      const width = bytes[reader.at + mini];
      if (body + width * 4 > bytes.length) throw new RangeError('the encoded values end too early');
      if (width > 0) unpack(bytes, body, width);
      else packed.fill(0);
      body += width * 4;
      const last = Math.min(end, next + MINI_BLOCK * 2);
      for (let i = 0; next < last; i++, next += 2) {
        const sum = low + (minimum + packed[i]);
        if (sum >= 0 && sum < WORD) low = sum;
        else if (sum > -EXACT && sum < EXACT) {
          const upper = Math.floor(sum / WORD);
          low = sum - upper * WORD;
          high += upper;
        } else {
          // The sum may be inexact; the delta is not.
          const upper = Math.floor((minimum + packed[i]) / WORD);
          low += minimum + packed[i] - upper * WORD;
          high += upper;
          if (low >= WORD) {
            low -= WORD;
            high += 1;
          }
        }
        // Sums wrap around as 64-bit integers do.
        high |= 0;
        into[next] = low;
        into[next + 1] = high;
      }
    }
    reader.at = body;
  }
}

/** Unpacks 32 numbers to `packed`. */
function unpack(bytes: Uint8Array, from: number, width: number): void {
  if (width > 32) {
    unpackWide(bytes, from, width);
    return;
  }
  const mask = width === 32 ? 0xffff_ffff : 2 ** width - 1;
  for (let i = 0, bit = 0; i < MINI_BLOCK; i++, bit += width) {
    const at = from + (bit >>> 3);
    const shift = bit & 7;
    // Bytes beyond the end are undefined, which counts as 0.
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    const upper = shift === 0 ? 0 : bytes[at + 4] << (32 - shift);
    packed[i] = (((word >>> shift) | upper) & mask) >>> 0;
  }
}

function unpackWide(bytes: Uint8Array, from: number, width: number): void {
  for (let i = 0; i < MINI_BLOCK; i++) {
    const bit = i * width;
    let at = from + (bit >>> 3);
    let value = bytes[at++] >>> (bit & 7);
    // No bits beyond the width, with which a sum could exceed 2^53.
    for (let have = 8 - (bit & 7); have < width; have += 8) {
      value += (bytes[at++] & (2 ** Math.min(8, width - have) - 1)) * 2 ** have;
    }
    packed[i] = value;
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
