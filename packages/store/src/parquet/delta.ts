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
    if (first >= count) continue;
    if (width <= 32) packNarrow(out, first, last, width);
    else packWide(out, first, last, width);
  }
  return true;
}

function packNarrow(out: ByteWriter, first: number, last: number, width: number): void {
  const { bytes, dataView: view } = out;
  let at = out.length;
  const end = at + width * 4;
  let pending = 0;
  let bits = 0;
  for (let i = first; i < last; i++) {
    const value = deltas[i] >>> 0;
    pending |= value << bits;
    bits += width;
    if (bits < 32) continue;
    view.setInt32(at, pending, true);
    at += 4;
    bits -= 32;
    // A shift by 32 would be one by 0.
    pending = bits === 0 ? 0 : value >>> (width - bits);
  }
  while (at < end) {
    bytes[at++] = pending;
    pending >>>= 8;
  }
  out.length = end;
}

function packWide(out: ByteWriter, first: number, last: number, width: number): void {
  const bytes = out.bytes;
  let at = out.length;
  const end = at + width * 4;
  let pending = 0;
  let bits = 0;
  for (let i = first; i < last; i++) {
    let rest = deltas[i];
    // Pieces of at most 16 bits, so that with seven pending bits every piece fits a word.
    for (let left = width; left > 0; left -= 16) {
      pending |= (rest % 65_536) << bits;
      rest = Math.floor(rest / 65_536);
      bits += Math.min(left, 16);
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
