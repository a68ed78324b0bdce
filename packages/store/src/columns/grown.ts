/** Smaller arrays cost more to free than they hold. */
const SMALLEST_BYTES = 16_384;

/**
 * Frees an array's memory at once; the array is empty afterwards. Typed arrays that columns have outgrown would otherwise
 * wait for the garbage collector, which sees little of them: they took as much memory again as the columns, and
 * allocating was five times as slow, because memory that is freed early is used again while it is warm.
 */
export function freeMemory({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= SMALLEST_BYTES) buffer.transfer(0);
}

/** Returns a copy of `length` elements, zeros behind the old ones, and frees the old array. */
export function grownWords(old: Uint32Array, length: number): Uint32Array {
  const grown = new Uint32Array(length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** As `grownWords`, for bytes. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** As `grownWords`, for integers with -1 behind the old ones. */
export function grownIntegers(old: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length).fill(-1, old.length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** Capacity for at least `needed` rows. Most files that grow at all become full, and pages that are not touched cost nothing. */
export function grownCapacity(capacity: number, needed: number): number {
  if (needed <= 16_384) return Math.max(needed, capacity * 4);
  return Math.max(needed, capacity < 262_144 ? 262_144 : capacity + (capacity >>> 1));
}
