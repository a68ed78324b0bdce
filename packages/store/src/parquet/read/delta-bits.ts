/** Number of values that are packed with the same width, and of those with the same minimum. */
export const MINI_BLOCK = 32;
export const BLOCK = 128;

const WORD = 2 ** 32;

/** Unpacks 32 numbers of a width in bits to `packed[into..]`. */
export function unpack(view: DataView, from: number, width: number, packed: Float64Array, into: number): void {
  if (width === 0) packed.fill(0, into, into + MINI_BLOCK);
  // Words of four bytes may end after the last number.
  else if (from + width * 4 + 8 > view.byteLength) unpackLast(view, from, width, packed, into);
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
function unpackLast(view: DataView, from: number, width: number, packed: Float64Array, into: number): void {
  for (let i = 0; i < width * 4; i++) padded.setUint8(i, view.getUint8(from + i));
  unpack(padded, 0, width, packed, into);
}

/** Returns the 32 bits from a bit of a byte on. */
function wordAt(view: DataView, at: number, shift: number): number {
  // A shift by 32 would be one by 0.
  return (view.getInt32(at, true) >>> shift) | ((view.getUint8(at + 4) << (31 - shift)) << 1);
}
