import type { ByteWriter } from './byte-writer.ts';

const BLOCK = 128;
const MINI_BLOCK = 32;
const WORD = 0x1_0000_0000;
const LIMIT = Number.MAX_SAFE_INTEGER;

const deltas = new Float64Array(BLOCK);

/**
 * Writes 64-bit integers, given as little-endian word pairs, as DELTA_BINARY_PACKED (Encodings.md): blocks of 128
 * deltas relative to their minimum, bit-packed in miniblocks of 32 with the smallest sufficient width. Deltas are
 * computed as doubles. If one exceeds 2^53, returns `false` and the output must be discarded; the caller then writes
 * the values plain.
 */
export function writeDeltas(out: ByteWriter, words: Uint32Array, from: number, to: number): boolean {
  out.varint(BLOCK);
  out.varint(BLOCK / MINI_BLOCK);
  out.varint(to - from);
  if (to === from) {
    out.byte(0);
    return true;
  }
  writeZigzag64(out, words[from * 2], words[from * 2 + 1]);
  for (let start = from + 1; start < to; start += BLOCK) {
    const count = Math.min(BLOCK, to - start);
    if (!writeBlock(out, words, start, count)) return false;
  }
  return true;
}

function writeBlock(out: ByteWriter, words: Uint32Array, start: number, count: number): boolean {
  let low = words[start * 2 - 2];
  let high = words[start * 2 - 1] | 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const at = (start + i) * 2;
    const nextLow = words[at];
    const nextHigh = words[at + 1] | 0;
    const delta = (nextHigh - high) * WORD + (nextLow - low);
    deltas[i] = delta;
    if (delta < minimum) minimum = delta;
    if (delta > maximum) maximum = delta;
    low = nextLow;
    high = nextHigh;
  }
  if (minimum < -LIMIT || maximum > LIMIT || maximum - minimum > LIMIT) return false;
  // The zigzag encoding of a number beyond 2^52 does not fit into a double, so it is written from its two words.
  const magnitude = minimum < 0 ? -minimum - 1 : minimum;
  const upper = Math.floor(magnitude / WORD);
  const lower = magnitude >>> 0;
  writeZigzag64(out, minimum < 0 ? ~lower >>> 0 : lower, minimum < 0 ? ~upper >>> 0 : upper);
  out.reserve(4 + BLOCK * 8);
  const widthsAt = out.length;
  out.length += 4;
  for (let mini = 0; mini < 4; mini++) {
    const first = mini * MINI_BLOCK;
    const last = Math.min(first + MINI_BLOCK, count);
    let largest = 0;
    for (let i = first; i < last; i++) {
      const packed = deltas[i] - minimum;
      deltas[i] = packed;
      if (packed > largest) largest = packed;
    }
    const width = largest < WORD ? 32 - Math.clz32(largest) : 64 - Math.clz32(Math.floor(largest / WORD));
    out.bytes[widthsAt + mini] = width;
    if (first < count) packMiniBlock(out, first, last, width);
  }
  return true;
}

function packMiniBlock(out: ByteWriter, first: number, last: number, width: number): void {
  const bytes = out.bytes;
  let at = out.length;
  const end = at + width * 4;
  let pending = 0;
  let bits = 0;
  for (let i = first; i < last; i++) {
    const value = deltas[i];
    // At most 16 bits at a time, so that together with seven pending bits they fit into a word.
    let rest = value >>> 0;
    let left = width;
    let piece = Math.min(left, 16);
    pending |= (rest & 0xffff) << bits;
    bits += piece;
    while (bits >= 8) {
      bytes[at++] = pending;
      pending >>>= 8;
      bits -= 8;
    }
    left -= piece;
    if (left === 0) continue;
    piece = Math.min(left, 16);
    pending |= (rest >>> 16) << bits;
    bits += piece;
    while (bits >= 8) {
      bytes[at++] = pending;
      pending >>>= 8;
      bits -= 8;
    }
    left -= piece;
    if (left === 0) continue;
    rest = Math.floor(value / WORD);
    while (left > 0) {
      piece = Math.min(left, 16);
      pending |= (rest & 0xffff) << bits;
      rest >>>= 16;
      bits += piece;
      left -= piece;
      while (bits >= 8) {
        bytes[at++] = pending;
        pending >>>= 8;
        bits -= 8;
      }
    }
  }
  while (at < end) {
    bytes[at++] = pending;
    pending = 0;
  }
  out.length = end;
}

/** Writes a signed 64-bit number, given as two words, as a zigzag varint. */
function writeZigzag64(out: ByteWriter, low: number, high: number): void {
  const sign = (high | 0) >> 31;
  let zigzagHigh = (((high << 1) | (low >>> 31)) ^ sign) >>> 0;
  let zigzagLow = ((low << 1) ^ sign) >>> 0;
  out.reserve(10);
  while (zigzagHigh !== 0 || zigzagLow > 0x7f) {
    out.bytes[out.length++] = (zigzagLow & 0x7f) | 0x80;
    zigzagLow = ((zigzagLow >>> 7) | (zigzagHigh << 25)) >>> 0;
    zigzagHigh >>>= 7;
  }
  out.bytes[out.length++] = zigzagLow;
}
