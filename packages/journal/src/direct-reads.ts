import { closeSync, constants, openSync, readSync } from 'node:fs';
import { allocateBlocks, BLOCK_BYTES, isDirectUnsupported, wholeBlocks } from './block-memory.ts';

/**
 * Reads files without the system's cache, into the same memory each time. It blocks the thread. Other readers have to be
 * used for what it cannot read.
 */
export class DirectReads {
  readonly #maxBytes: number;
  #blocks: Uint8Array | undefined;
  #open: { readonly path: string; readonly descriptor: number } | undefined;
  #supported = constants.O_DIRECT !== undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns up to `size` bytes at `offset`, fewer at the end of the file, valid until the next call; `undefined` if these
   * are too many or the file system cannot bypass its cache.
   */
  read(path: string, offset: number, size: number): Buffer | undefined {
    if (!this.#supported || size > this.#maxBytes) return undefined;
    this.#blocks ??= allocateBlocks(wholeBlocks(this.#maxBytes) + BLOCK_BYTES);
    const blocks = this.#blocks;
    if (blocks === undefined) return undefined;
    try {
      const before = offset % BLOCK_BYTES;
      const filled = readBlocks(this.#descriptorOf(path), blocks, wholeBlocks(before + size), offset - before);
      return Buffer.from(blocks.buffer, before, Math.max(0, Math.min(size, filled - before)));
    } catch (error) {
      if (!isDirectUnsupported(error)) throw error;
      this.#supported = false;
      return undefined;
    }
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #descriptorOf(path: string): number {
    if (this.#open?.path !== path) {
      this.close();
      this.#open = { path, descriptor: openSync(path, constants.O_RDONLY | constants.O_DIRECT) };
    }
    return this.#open.descriptor;
  }
}

/** Reads until `size` bytes are read or the file ends. Returns the number of bytes. */
function readBlocks(descriptor: number, blocks: Uint8Array, size: number, position: number): number {
  let filled = 0;
  while (filled < size) {
    const bytesRead = readSync(descriptor, blocks, filled, size - filled, position + filled);
    filled += bytesRead;
    // A read that ends within a block has reached the end of the file.
    if (bytesRead === 0 || bytesRead % BLOCK_BYTES !== 0) break;
  }
  return filled;
}
