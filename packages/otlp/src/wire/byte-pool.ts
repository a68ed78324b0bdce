/**
 * Memory of large requests that is used again. Fresh memory costs five times as much as the copy into it: V8 frees arrays
 * late, so that every request gets memory that no cache contains. `edit.bench.ts` measures it.
 */

/** Smaller arrays cost less than their bookkeeping. */
const MIN_BYTES = 8 * 1024;
const MAX_BYTES = 2 * 2 ** 20;
/** Bounds the memory that the pool keeps, in each thread. */
const MAX_POOLED_BYTES = 8 * 2 ** 20;
const MAX_POOLED = 16;

/** The free memory, the most recently used last, because it is most likely in a cache. */
const free: ArrayBuffer[] = [];
let freeBytes = 0;

/** The arrays in use that `takeBytes` returned. */
const taken = new WeakSet<Uint8Array>();

/** Node's buffers have uninitialized memory. */
const NodeBuffer = (globalThis as { Buffer?: { allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer> } }).Buffer;

/**
 * Returns an array with any contents, of which the caller overwrites every byte. Its memory can be larger than the array.
 * It belongs to the caller, who can release it with `releaseBytes`.
 */
export function takeBytes(size: number): Uint8Array<ArrayBuffer> {
  if (NodeBuffer === undefined || size < MIN_BYTES) return new Uint8Array(size);
  const memory = takeMemory(size) ?? NodeBuffer.allocUnsafeSlow(size).buffer;
  // A plain array, because `slice` of a `Buffer` returns a view, which would keep a whole request alive.
  const bytes = new Uint8Array(memory, 0, size);
  taken.add(bytes);
  return bytes;
}

/**
 * Releases an array for later calls of `takeBytes`. Neither it nor a view of it may be used afterwards. Ignores arrays that
 * `takeBytes` did not return, or that were released before.
 */
export function releaseBytes(bytes: Uint8Array): void {
  if (!taken.delete(bytes) || bytes.buffer.byteLength > MAX_BYTES) return;
  const memory = bytes.buffer as ArrayBuffer;
  free.push(memory);
  freeBytes += memory.byteLength;
  while (freeBytes > MAX_POOLED_BYTES || free.length > MAX_POOLED)
    freeBytes -= (free.shift() as ArrayBuffer).byteLength;
}

/** Returns free memory that is not much larger than needed, because what is kept counts by its size. */
function takeMemory(size: number): ArrayBuffer | undefined {
  for (let i = free.length - 1; i >= 0; i--) {
    const memory = free[i] as ArrayBuffer;
    if (memory.byteLength < size || memory.byteLength > size * 1.25) continue;
    free.splice(i, 1);
    freeBytes -= memory.byteLength;
    return memory;
  }
  return undefined;
}
