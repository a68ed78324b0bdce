/** Minimum size of arrays that are freed, in bytes. Freeing smaller ones costs more than their memory. */
const SMALLEST_BYTES = 16_384;

/**
 * Frees an array's memory at once; the array is empty afterwards. Otherwise outgrown typed arrays wait for the garbage
 * collector, which accounts for little of them: they doubled the memory of the columns, and allocation was five times
 * slower, because memory that is freed early is reused while it is in the cache.
 */
export function freeMemory({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= SMALLEST_BYTES) buffer.transfer(0);
}

/** Returns a copy of `length` elements, padded with zeros, and frees the old array. */
export function grownWords(old: Uint32Array, length: number): Uint32Array {
  const grown = new Uint32Array(length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** Like `grownWords`, for bytes. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** Like `grownWords`, for integers, padded with -1. */
export function grownIntegers(old: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length).fill(-1, old.length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** Returns a capacity for at least `needed` rows. Most growing files become full, and untouched pages cost nothing. */
export function grownCapacity(capacity: number, needed: number): number {
  if (needed <= 16_384) return Math.max(needed, capacity * 4);
  return Math.max(needed, capacity < 262_144 ? 262_144 : capacity + (capacity >>> 1));
}
