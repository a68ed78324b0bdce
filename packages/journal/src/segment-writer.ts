import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { allocateBlocks, BLOCK_BYTES, isDirectUnsupported, wholeBlocks } from './block-memory.ts';
import { readFully } from './segment.ts';

/** Writes a segment's file. */
export interface SegmentWriter {
  /** Identifies the file, to detect when the path refers to another one. */
  readonly inode: number;
  /** Whether `write` syncs, so that it may fail as a sync does. */
  readonly syncsWrites: boolean;
  /** Writes pieces at the end of the segment, `offset`. Returns their total length. */
  write(pieces: readonly Uint8Array[], offset: number): Promise<number>;
  sync(): Promise<void>;
  /** Removes the bytes from `offset` on. */
  truncate(offset: number): Promise<void>;
  /** Closes the file, which ends at `offset`. */
  close(offset: number): Promise<void>;
}

/** Opens writers of segments that bypass the system's cache, or, if they do not, that write through it. */
export class SegmentWriters {
  /** The memory of all direct writers, of which one is open. */
  #blocks: Uint8Array | undefined;
  #direct: boolean;

  /** `direct`: bypass the cache if the system and the file system can. */
  constructor(direct: boolean) {
    this.#direct = direct && constants.O_DIRECT !== undefined;
  }

  /** Creates a file. */
  async create(path: string): Promise<SegmentWriter> {
    const direct = await this.#openDirect(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0);
    return direct ?? BufferedWriter.of(await open(path, 'wx+'));
  }

  /** Opens a file whose records end at `end`. */
  async open(path: string, end: number): Promise<SegmentWriter> {
    const direct = await this.#openDirect(path, constants.O_RDWR, end);
    return direct ?? BufferedWriter.of(await open(path, 'r+'));
  }

  /** Stops bypassing the cache: a writer found that the device does not accept its blocks. */
  readonly #refused = () => {
    this.#direct = false;
  };

  async #openDirect(path: string, flags: number, end: number): Promise<SegmentWriter | undefined> {
    if (!this.#direct) return undefined;
    this.#blocks ??= allocateBlocks(DIRECT_BYTES);
    const blocks = this.#blocks;
    if (blocks === undefined) return undefined;
    let file: FileHandle;
    try {
      file = await open(path, flags | constants.O_DIRECT | constants.O_DSYNC, 0o666);
    } catch (error) {
      if (!isDirectUnsupported(error)) throw error;
      this.#direct = false;
      return undefined;
    }
    try {
      const { ino: inode } = await file.stat();
      return new DirectWriter(path, file, { inode, blocks, tail: await readTail(path, end), refused: this.#refused });
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** Writes through the system's cache. */
class BufferedWriter implements SegmentWriter {
  readonly inode: number;
  readonly syncsWrites = false;
  readonly #file: FileHandle;

  static async of(file: FileHandle): Promise<BufferedWriter> {
    return new BufferedWriter(file, (await file.stat()).ino);
  }

  private constructor(file: FileHandle, inode: number) {
    this.#file = file;
    this.inode = inode;
  }

  write(pieces: readonly Uint8Array[], offset: number): Promise<number> {
    return writeFully(this.#file, pieces, offset);
  }

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  truncate(offset: number): Promise<void> {
    return this.#file.truncate(offset);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Size of the memory from which blocks are written, in bytes. */
const DIRECT_BYTES = 4 << 20;

/**
 * Writes whole blocks from aligned memory, without the system's cache: copying records to the cache and allocating its
 * pages takes several times the CPU time. The last block is filled with zeros, and written again with the records that
 * follow. Its older bytes stay the same, as when the cache writes it again. Writes sync themselves, which spares a second
 * way through the thread pool.
 */
class DirectWriter implements SegmentWriter {
  readonly inode: number;
  readonly #path: string;
  #file: FileHandle;
  #buffered = false;
  readonly #blocks: Uint8Array;
  /** Bytes of the last block, up to the end of the records. */
  readonly #tail = new Uint8Array(BLOCK_BYTES);
  readonly #refused: () => void;

  constructor(
    path: string,
    file: FileHandle,
    parts: {
      readonly inode: number;
      readonly blocks: Uint8Array;
      readonly tail: Uint8Array;
      readonly refused: () => void;
    },
  ) {
    this.#path = path;
    this.#file = file;
    this.inode = parts.inode;
    this.#blocks = parts.blocks;
    this.#tail.set(parts.tail);
    this.#refused = parts.refused;
  }

  async write(pieces: readonly Uint8Array[], offset: number): Promise<number> {
    if (this.#buffered) return writeFully(this.#file, pieces, offset);
    try {
      return await this.#writeBlocks(pieces, offset);
    } catch (error) {
      if (!isDirectUnsupported(error)) throw error;
    }
    await this.#useCache();
    return writeFully(this.#file, pieces, offset);
  }

  get syncsWrites(): boolean {
    return !this.#buffered;
  }

  async sync(): Promise<void> {
    if (this.#buffered) await this.#file.datasync();
  }

  truncate(offset: number): Promise<void> {
    return this.#file.truncate(offset);
  }

  async close(offset: number): Promise<void> {
    // A file that is not truncated has up to a block of zeros at its end, which readers expect.
    if (!this.#buffered) await this.#file.truncate(offset).catch(() => undefined);
    await this.#file.close();
  }

  async #writeBlocks(pieces: readonly Uint8Array[], offset: number): Promise<number> {
    const blocks = this.#blocks;
    let filled = offset % BLOCK_BYTES;
    let at = offset - filled;
    let written = 0;
    blocks.set(this.#tail.subarray(0, filled));
    for (const piece of pieces) {
      for (let from = 0; from < piece.length; ) {
        const some = piece.subarray(from, from + blocks.length - filled);
        blocks.set(some, filled);
        filled += some.length;
        from += some.length;
        if (filled < blocks.length) continue;
        await this.#writeAt(blocks.length, at);
        at += blocks.length;
        filled = 0;
      }
      written += piece.length;
    }
    const end = wholeBlocks(filled);
    blocks.fill(0, filled, end);
    if (end > 0) await this.#writeAt(end, at);
    this.#tail.set(blocks.subarray(filled - (filled % BLOCK_BYTES), filled));
    return written;
  }

  async #writeAt(length: number, position: number): Promise<void> {
    for (let from = 0; from < length; ) {
      const { bytesWritten } = await this.#file.write(this.#blocks, from, length - from, position + from);
      if (bytesWritten < BLOCK_BYTES) throw new Error('the disk accepted no block');
      from += bytesWritten - (bytesWritten % BLOCK_BYTES);
    }
  }

  /** Writes through the system's cache from now on. */
  async #useCache(): Promise<void> {
    const direct = this.#file;
    this.#file = await open(this.#path, 'r+');
    this.#buffered = true;
    this.#refused();
    await direct.close();
  }
}

/** Returns the bytes of the last block of a file, up to `end`. */
async function readTail(path: string, end: number): Promise<Uint8Array> {
  const tail = new Uint8Array(end % BLOCK_BYTES);
  if (tail.length === 0) return tail;
  const file = await open(path, 'r');
  try {
    const filled = await readFully(file, tail, end - tail.length);
    if (filled < tail.length) throw new Error(`${path}: expected ${end} bytes, got ${end - tail.length + filled}`);
    return tail;
  } finally {
    await file.close();
  }
}

/** Writes all pieces at `offset`, continuing after short writes. Returns their total length. */
async function writeFully(file: FileHandle, pieces: readonly Uint8Array[], offset: number): Promise<number> {
  let written = 0;
  let rest = pieces.filter((piece) => piece.length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, offset + written);
    if (bytesWritten === 0) throw new Error('the disk accepted no bytes');
    written += bytesWritten;
    rest = withoutFirst(rest, bytesWritten);
  }
  return written;
}

function withoutFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const index = pieces.findIndex((piece) => {
    if (skip < piece.length) return true;
    skip -= piece.length;
    return false;
  });
  const first = pieces[index];
  return first === undefined ? [] : [first.subarray(skip), ...pieces.slice(index + 1)];
}
