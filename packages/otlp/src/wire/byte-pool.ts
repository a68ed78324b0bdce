/**
 * Memory of large requests that is used again. Fresh memory costs five times as much as the copy into it: V8 frees arrays
 * late, so that every request gets memory that no cache contains. `edit.bench.ts` measures it.
 */

/** Smaller arrays cost less than their bookkeeping. */
const MIN_BYTES = 8 * 1024;
const MAX_BYTES = 2 * 2 ** 20;
/**
 * Bounds the memory that the pool keeps, in each thread: the 16 MiB of a short sending queue and the batches around it. With
 * 8 MiB, one in seven requests of 400 KB that are batched and forwarded got fresh memory.
 */
const MAX_POOLED_BYTES = 32 * 2 ** 20;

/** Free memory of one size, the most recently used last, because it is most likely in a cache. */
interface SizeClass {
  readonly free: ArrayBuffer[];
  /** Number of the last use. */
  usedAt: number;
}

const classes = new Map<number, SizeClass>();
let freeBytes = 0;
let uses = 0;

/** The number of owners of each array in use that `takeBytes` returned. */
const owners = new WeakMap<Uint8Array, number>();

/** Node's buffers have uninitialized memory. */
const NodeBuffer = (globalThis as { Buffer?: { allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer> } }).Buffer;

/**
 * Returns an array with any contents, of which the caller overwrites every byte. Its memory can be larger than the array.
 * The caller is its owner, who can release it with `releaseBytes`.
 */
export function takeBytes(size: number): Uint8Array<ArrayBuffer> {
  if (NodeBuffer === undefined || size < MIN_BYTES) return new Uint8Array(size);
  const memory = takeMemory(size) ?? NodeBuffer.allocUnsafeSlow(size > MAX_BYTES ? size : roundUp(size)).buffer;
  // A plain array, because `slice` of a `Buffer` returns a view, which would keep a whole request alive.
  const bytes = new Uint8Array(memory, 0, size);
  owners.set(bytes, 1);
  return bytes;
}

/**
 * Adds an owner to an array, which has one when `takeBytes` returns it. Its memory is used again once each of them has
 * released it, or by the garbage collector if one never does. Ignores arrays that `takeBytes` did not return.
 */
export function retainBytes(bytes: Uint8Array): void {
  if (bytes.length < MIN_BYTES) return;
  const count = owners.get(bytes);
  if (count !== undefined) owners.set(bytes, count + 1);
}

/**
 * Ends the ownership of one owner. The last one releases the array for later calls of `takeBytes`: neither it nor a view of
 * it may be used afterwards. Ignores arrays that `takeBytes` did not return, or that were released before.
 */
export function releaseBytes(bytes: Uint8Array): void {
  if (bytes.length < MIN_BYTES) return;
  const count = owners.get(bytes);
  if (count === undefined) return;
  if (count > 1) {
    owners.set(bytes, count - 1);
    return;
  }
  owners.delete(bytes);
  const memory = bytes.buffer as ArrayBuffer;
  const sizeBytes = memory.byteLength;
  if (sizeBytes > MAX_BYTES) return;
  let sizeClass = classes.get(sizeBytes);
  if (sizeClass === undefined) {
    sizeClass = { free: [], usedAt: 0 };
    classes.set(sizeBytes, sizeClass);
  }
  sizeClass.usedAt = ++uses;
  sizeClass.free.push(memory);
  freeBytes += sizeBytes;
  while (freeBytes > MAX_POOLED_BYTES) dropOldest();
}

/** Returns free memory of the size class, or of the next larger one. */
function takeMemory(size: number): ArrayBuffer | undefined {
  if (size > MAX_BYTES) return undefined;
  const rounded = roundUp(size);
  return takeFrom(classes.get(rounded)) ?? takeFrom(classes.get(roundUp(rounded + 1)));
}

function takeFrom(sizeClass: SizeClass | undefined): ArrayBuffer | undefined {
  const memory = sizeClass?.free.pop();
  if (sizeClass === undefined || memory === undefined) return undefined;
  sizeClass.usedAt = ++uses;
  freeBytes -= memory.byteLength;
  return memory;
}

/** Returns the size of the class: there are eight between two powers of two. */
function roundUp(size: number): number {
  const step = 1 << (28 - Math.clz32(size));
  return (size + step - 1) & -step;
}

/** Drops memory of the class that was not used for the longest time. */
function dropOldest(): void {
  let oldest: SizeClass | undefined;
  for (const sizeClass of classes.values()) {
    if (sizeClass.free.length > 0 && (oldest === undefined || sizeClass.usedAt < oldest.usedAt)) oldest = sizeClass;
  }
  freeBytes -= oldest?.free.shift()?.byteLength ?? freeBytes;
}
