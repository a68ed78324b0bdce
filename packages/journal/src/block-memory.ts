/**
 * Number of bytes of a block: writes that bypass the system's cache begin and end at multiples of it. Devices have blocks
 * of 512 or 4,096 bytes.
 */
export const BLOCK_BYTES = 4096;

const PAGE_BYTES = 65_536;

/**
 * Returns `size` bytes of memory at a multiple of `BLOCK_BYTES`, or `undefined` if there is none. Only the memory of
 * WebAssembly is aligned; the system allocates its pages when they are first written.
 */
export function allocateBlocks(size: number): Uint8Array | undefined {
  try {
    const pages = Math.ceil(size / PAGE_BYTES);
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
    return new Uint8Array(buffer, 0, size);
  } catch {
    return undefined;
  }
}

/** Returns whether an error says that a file system or device cannot bypass the system's cache, or not with these blocks. */
export function isDirectUnsupported(error: unknown): boolean {
  return ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Rounds up to a multiple of `BLOCK_BYTES`. */
export function wholeBlocks(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
