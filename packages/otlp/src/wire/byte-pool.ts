/**
 * Memory of large requests that is used again. Fresh memory costs five times as much as the copy into it: V8 frees arrays
 * late, so that every request gets memory that no cache contains. `edit.bench.ts` measures it.
 */

/** Smaller arrays cost about as much as their bookkeeping, which takes 40 ns. Fresh memory of 4 KB takes 1,000 ns. */
const MIN_BYTES = 512;
const MAX_BYTES = 2 * 2 ** 20;
/**
 * Bounds the memory that the pool keeps, in each thread: the 16 MiB of a short sending queue and the batches around it. With
 * 8 MiB, one in seven requests of 400 KB that are batched and forwarded got fresh memory.
 */
const MAX_POOLED_BYTES = 32 * 2 ** 20;

/** Memory of the pool. */
interface Block {
  readonly memory: ArrayBuffer;
  /** Made at most once, because that takes 80 ns. */
  view: DataView | undefined;
  /** The array that uses the memory, unless it is free. */
  user: Uint8Array<ArrayBuffer> | undefined;
  /** Number of owners of the array. */
  owners: number;
}

/** Free memory of one size, the most recently used last, because it is most likely in a cache. */
interface SizeClass {
  readonly free: Block[];
  /** Number of the last use. */
  usedAt: number;
}

const classes = new Map<number, SizeClass>();
let freeBytes = 0;
let uses = 0;
/** Number of bytes of blocks that were made since the last release. */
let unreleasedBytes = 0;
let made = 0;

/** Keyed by memory rather than array, because adding an entry for each array costs more than all the rest. */
const blocks = new WeakMap<ArrayBufferLike, Block>();

/** Node's buffers have uninitialized memory. */
const NodeBuffer = (globalThis as { Buffer?: { allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer> } }).Buffer;

/**
 * Returns an array with any contents, of which the caller overwrites every byte. Its memory can be larger than the array.
 * The caller is its owner, who can release it with `releaseBytes`.
 */
export function takeBytes(size: number): Uint8Array<ArrayBuffer> {
  if (NodeBuffer === undefined || size < MIN_BYTES) return new Uint8Array(size);
  let block = size > MAX_BYTES ? undefined : takeBlock(size);
  if (block === undefined) {
    // A block costs 1 µs, in vain if arrays are not released. Some are still made, to notice if that changes.
    const isPooled = size <= MAX_BYTES && (unreleasedBytes < MAX_POOLED_BYTES || (++made & 15) === 0);
    if (!isPooled) return new Uint8Array(NodeBuffer.allocUnsafeSlow(size).buffer);
    block = newBlock(NodeBuffer.allocUnsafeSlow(roundUp(size)).buffer);
  }
  // A plain array, because `slice` of a `Buffer` returns a view, which would keep a whole request alive.
  const bytes = new Uint8Array(block.memory, 0, size);
  block.user = bytes;
  block.owners = 1;
  return bytes;
}

function newBlock(memory: ArrayBuffer): Block {
  const block: Block = { memory, view: undefined, user: undefined, owners: 0 };
  blocks.set(memory, block);
  unreleasedBytes += memory.byteLength;
  return block;
}

/** Returns a view that begins where the array does, and may be longer. */
export function viewOf(bytes: Uint8Array): DataView {
  const block = blockOf(bytes);
  if (block === undefined) return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  block.view ??= new DataView(block.memory);
  return block.view;
}

/** Returns the block of an array that `takeBytes` returned and that was not released. */
function blockOf(bytes: Uint8Array): Block | undefined {
  if (bytes.length < MIN_BYTES) return undefined;
  const block = blocks.get(bytes.buffer);
  return block?.user === bytes ? block : undefined;
}

/**
 * Adds an owner to an array, which has one when `takeBytes` returns it. Its memory is used again once each of them has
 * released it, or by the garbage collector if one never does. Ignores arrays that `takeBytes` did not return.
 */
export function retainBytes(bytes: Uint8Array): void {
  const block = blockOf(bytes);
  if (block !== undefined) block.owners += 1;
}

/**
 * Ends the ownership of one owner. The last one releases the array for later calls of `takeBytes`: neither it nor a view of
 * it may be used afterwards. Ignores arrays that `takeBytes` did not return, or that were released before.
 */
export function releaseBytes(bytes: Uint8Array): void {
  const block = blockOf(bytes);
  if (block === undefined) return;
  block.owners -= 1;
  if (block.owners > 0) return;
  block.user = undefined;
  unreleasedBytes = 0;
  const sizeBytes = block.memory.byteLength;
  let sizeClass = classes.get(sizeBytes);
  if (sizeClass === undefined) {
    sizeClass = { free: [], usedAt: 0 };
    classes.set(sizeBytes, sizeClass);
  }
  sizeClass.usedAt = ++uses;
  sizeClass.free.push(block);
  freeBytes += sizeBytes;
  while (freeBytes > MAX_POOLED_BYTES) dropOldest();
}

/** Returns free memory of the size class, or of the next larger one. */
function takeBlock(size: number): Block | undefined {
  const rounded = roundUp(size);
  return takeFrom(classes.get(rounded)) ?? takeFrom(classes.get(roundUp(rounded + 1)));
}

function takeFrom(sizeClass: SizeClass | undefined): Block | undefined {
  const block = sizeClass?.free.pop();
  if (sizeClass === undefined || block === undefined) return undefined;
  sizeClass.usedAt = ++uses;
  freeBytes -= block.memory.byteLength;
  return block;
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
  freeBytes -= oldest?.free.shift()?.memory.byteLength ?? freeBytes;
}
