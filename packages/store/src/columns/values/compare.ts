/** Returns whether `length` bytes at `a` and `b` are equal. */
export function sameBytes(view: DataView, a: number, b: number, length: number): boolean {
  let i = 0;
  // As doubles, eight bytes are one comparison. Zeros of both signs are equal, and NaN is not equal to itself.
  for (const last = length - 8; i <= last; i += 8) {
    const value = view.getFloat64(a + i, true);
    if (value !== view.getFloat64(b + i, true) || value === 0) break;
  }
  return equalBytes(view, a + i, view, b + i, length - i);
}

/** Returns whether `length` bytes at `a` and, in another array, at `b` are equal. */
export function equalBytes(viewA: DataView, a: number, viewB: DataView, b: number, length: number): boolean {
  if (length < 4) {
    for (let i = 0; i < length; i++) if (viewA.getUint8(a + i) !== viewB.getUint8(b + i)) return false;
    return true;
  }
  const last = length - 4;
  for (let i = 0; i < last; i += 4) {
    if (viewA.getInt32(a + i, true) !== viewB.getInt32(b + i, true)) return false;
  }
  // Overlaps the word before, if the length is no multiple of four.
  return viewA.getInt32(a + last, true) === viewB.getInt32(b + last, true);
}

/** Returns whether all bytes are ASCII. */
export function isAscii(view: DataView, at: number, length: number): boolean {
  if (length < 4) {
    for (let i = 0; i < length; i++) if (view.getUint8(at + i) > 0x7f) return false;
    return true;
  }
  const last = at + length - 4;
  let bits = view.getInt32(last, true);
  for (; at < last; at += 4) bits |= view.getInt32(at, true);
  return (bits & 0x8080_8080) === 0;
}

/** Size from which the system copies faster, in bytes. */
const LONG_BYTES = 256;

/** Copies `length` bytes at `from` to `to` in another array. */
export function copyBytes(source: DataView, from: number, target: DataView, to: number, length: number): void {
  if (length < 4) {
    for (let i = 0; i < length; i++) target.setUint8(to + i, source.getUint8(from + i));
    return;
  }
  if (length >= LONG_BYTES) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset + from, length);
    new Uint8Array(target.buffer, target.byteOffset + to, length).set(bytes);
    return;
  }
  const last = length - 4;
  for (let i = 0; i < last; i += 4) target.setInt32(to + i, source.getInt32(from + i, true), true);
  target.setInt32(to + last, source.getInt32(from + last, true), true);
}

/** Random per process, so that senders cannot craft colliding values. */
const SEED = Math.floor(Math.random() * 0xffff_ffff);
const SECOND_SEED = Math.floor(Math.random() * 0xffff_ffff);

/** Returns a 32-bit hash of bytes: two sums of alternate words, which the processor computes at the same time. */
export function hashBytes(view: DataView, at: number, length: number): number {
  let a = SEED ^ length;
  let b = SECOND_SEED;
  if (length >= 8) {
    const last = at + length - 8;
    for (; at < last; at += 8) {
      a = Math.imul(a ^ view.getInt32(at, true), 0x9e3779b1);
      b = Math.imul(b ^ view.getInt32(at + 4, true), 0x85ebca6b);
      a ^= a >>> 15;
      b ^= b >>> 13;
    }
    // Overlaps the words before, if the length is no multiple of eight.
    a = Math.imul(a ^ view.getInt32(last, true), 0x9e3779b1);
    b = Math.imul(b ^ view.getInt32(last + 4, true), 0x85ebca6b);
  } else if (length >= 4) {
    a = Math.imul(a ^ view.getInt32(at, true), 0x9e3779b1);
    b = Math.imul(b ^ view.getInt32(at + length - 4, true), 0x85ebca6b);
  } else {
    for (let i = 0; i < length; i++) a = Math.imul(a ^ view.getUint8(at + i), 0x9e3779b1);
  }
  a ^= (a >>> 15) ^ b ^ (b >>> 13);
  a = Math.imul(a, 0xc2b2ae35);
  return (a ^ (a >>> 16)) >>> 0;
}

/** Returns a 32-bit hash of a length and four words. */
export function hashWords(length: number, first: number, second: number, third: number, fourth: number): number {
  let a = Math.imul(SEED ^ length ^ first, 0x9e3779b1);
  let b = Math.imul(SECOND_SEED ^ second, 0x85ebca6b);
  a = Math.imul(a ^ (a >>> 15) ^ third, 0x9e3779b1);
  b = Math.imul(b ^ (b >>> 13) ^ fourth, 0x85ebca6b);
  a ^= (a >>> 15) ^ b ^ (b >>> 13);
  a = Math.imul(a, 0xc2b2ae35);
  return (a ^ (a >>> 16)) >>> 0;
}
