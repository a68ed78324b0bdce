/**
 * Minimum size of arrays whose memory is reused or freed explicitly, in bytes. Smaller ones are cheaper to leave to the
 * garbage collector.
 */
const SMALLEST_BYTES = 16_384;
/** Maximum size of arrays whose memory is reused, in bytes. Columns of ordinary telemetry are smaller. */
const LARGEST_REUSED_BYTES = 8 << 20;
/** Maximum total size of memory retained for reuse, in bytes. */
const MAX_REUSABLE_BYTES = 48 << 20;

/**
 * Buffers of freed arrays, oldest first. Arrays grow to similar sizes from file to file, so equal sizes are needed
 * again.
 */
const reusable: ArrayBuffer[] = [];
let reusableBytes = 0;

/**
 * Frees an array's memory immediately, either for reuse by the next array of this size or, for large arrays, by
 * returning it to the system. The array must not be used afterwards. Without it, outgrown arrays wait for garbage
 * collection, which underestimates their size: they doubled the columns' memory use.
 *
 * Detaching a buffer makes V8 check every later access to any typed array of the thread, which slows column building by
 * 12 %. Therefore only arrays larger than ordinary telemetry needs are detached.
 */
export function freeMemory({ buffer }: ArrayBufferView): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < SMALLEST_BYTES) return;
  if (buffer.byteLength > LARGEST_REUSED_BYTES) {
    buffer.transfer(0);
    return;
  }
  // A buffer freed twice would back two arrays at once.
  if (reusable.includes(buffer)) throw new Error('an array was freed twice');
  reusable.push(buffer);
  reusableBytes += buffer.byteLength;
  while (reusableBytes > MAX_REUSABLE_BYTES) {
    const oldest = reusable.shift();
    reusableBytes -= oldest?.byteLength ?? 0;
    oldest?.transfer(0);
  }
}

/** Returns a buffer of `size` bytes: zeros from byte `from` on, arbitrary contents before. */
function allocate(size: number, from: number): ArrayBuffer {
  const index = reusable.findLastIndex((buffer) => buffer.byteLength === size);
  const [buffer] = index < 0 ? [] : reusable.splice(index, 1);
  if (buffer === undefined) return new ArrayBuffer(size);
  reusableBytes -= size;
  new Uint8Array(buffer, from).fill(0);
  return buffer;
}

/** Returns a zeroed array. */
export function zeroWords(length: number): Uint32Array {
  return new Uint32Array(allocate(length * 4, 0));
}

/** Returns a copy with `length` elements, padded with zeros, and frees the old array. */
export function grownWords(old: Uint32Array, length: number): Uint32Array {
  const grown = new Uint32Array(allocate(length * 4, old.byteLength));
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** Like `grownWords`, for bytes. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(allocate(length, old.byteLength));
  grown.set(old);
  freeMemory(old);
  return grown;
}

/** Like `grownWords`, for integers, padded with -1. */
export function grownIntegers(old: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(allocate(length * 4, old.byteLength)).fill(-1, old.length);
  grown.set(old);
  freeMemory(old);
  return grown;
}

/**
 * Returns a capacity of at least `needed` rows. It doubles, because reused memory is cleared as a whole: columns of a
 * quarter of a million rows from the start took 10 MB more after half an hour of the demo.
 */
export function grownCapacity(capacity: number, needed: number): number {
  if (needed <= 16_384) return Math.max(needed, capacity * 4);
  return Math.max(needed, capacity < 262_144 ? Math.min(262_144, capacity * 2) : capacity + (capacity >>> 1));
}
